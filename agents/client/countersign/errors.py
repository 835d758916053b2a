"""The ways to say no. None repeats a value or a token."""


class CountersignError(Exception):
    """What went wrong, in a sentence."""


class Refused(CountersignError):
    """The desk doesn't take it as it is: the same again won't help. `status` is HTTP's."""

    def __init__(self, words: str, status: int = 0) -> None:
        super().__init__(words)
        self.status = status


class Unavailable(CountersignError):
    """The desk or the vault didn't answer for as long as was waited. Call again: what was asked stays asked."""


class NotApproved(CountersignError):
    """A person said no, nobody answered in time, or it was taken back. `state` says which, `note` why."""

    def __init__(self, words: str, state: str, note: str) -> None:
        super().__init__(words)
        self.state, self.note = state, note


class ChangesWanted(NotApproved):
    """A person asked for changes, in `note`: take it back, and ask for something else."""


class Ended(CountersignError):
    """It was approved, and opens nothing any more: its time is over, its uses are used up, or it was revoked."""


class Intercepted(CountersignError):
    """What was handed over can't be opened as it should: somebody else may have been first. The desk was told."""
