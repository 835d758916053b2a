"""The ways to say no. Each message says what happened, what was kept, and what to do next."""

from datetime import timedelta

from checkpoints.core.work.signs import Sign


class Countersign(Exception):
    """What the desk says instead of doing; entry points catch this one type. `sign`: what it was recognised as."""

    def __init__(self, message: str, *, sign: Sign | None = None) -> None:
        super().__init__(message)
        self.sign = sign


class IllegalMove(Countersign):
    """The checkpoint is not in a state that allows this; nothing was changed."""


class NotYourCall(Countersign):
    """This person may not decide this; nothing was changed."""


class NeedsFactor(NotYourCall):
    """This person may, once they prove their second factor; `enrolled` when they have one. Nothing was changed."""

    def __init__(self, words: str, *, enrolled: bool) -> None:
        super().__init__(words)
        self.enrolled = enrolled


class Unavailable(Countersign):
    """Something that is needed does not answer; trying again may help."""


class Busy(Unavailable):
    """It asks for patience: nothing was done, and before `wait` is over trying again is no use."""

    def __init__(self, message: str, wait: timedelta) -> None:
        super().__init__(message)
        self.wait = wait


class Doubtful(Unavailable):
    """It says that it failed, and may have done it all the same: that is looked for before it is tried again."""


class Refused(Countersign):
    """The input can't be taken as it is; trying the same again won't help."""


class NotFound(Refused):
    """What is named is not there, or is not this person's to find; nothing was changed."""


class NoName(Refused):
    """What is named can't be a name: it was looked up nowhere, and reached no path, no option and no shell."""


class Unread(Refused):
    """A document that can't be taken; `reason` is why, in our words alone: nothing that stands in it."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class WrongCode(Refused):
    """The code of a second factor was not taken: it is another one, was used before, or comes too soon."""


class Intercepted(Refused):
    """What was handed over can't be opened by its user: somebody may have opened it first, or put it there instead."""


class OutcomeUnknown(Countersign):
    """An effect was begun and nobody can say whether it happened: a person is asked, nothing is repeated."""


class LeaseLost(Countersign):
    """Another pass works for this run now: this one ends without a word more. What it wrote last is not kept."""
