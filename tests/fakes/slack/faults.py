"""Misbehaving as told: which call goes wrong next, and how. And Slack's pace, kept where a test asks for it."""

from collections import Counter
from dataclasses import dataclass, field

FOR_EVER = 1_000_000_000
DOCUMENTED = {"429": 429, "500": 500, "502": 502, "503": 503}


@dataclass
class Fault:
    """`how` is a status (429, 500, 503), `before` (hangs up and did nothing), `after` (did it, and hangs up), `hang`
    (did it, and never answers), `slow` (does it after `seconds`), or one of Slack's errors: `is_archived`, say.
    """

    method: str
    how: str
    times: int = 1
    seconds: float = 1

    def hits(self, method: str) -> bool:
        """Counts down when it does."""
        if self.times < 1 or self.method not in ("*", method):
            return False
        self.times -= 1
        return True


@dataclass
class Faults:
    """The scripted ones, in order, and what was called so far."""

    scripted: list[Fault] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    pace: float = 0
    """Seconds between two chat.postMessage to one channel; 0: as fast as you like. Slack's is about 1."""

    def next(self, method: str) -> Fault | None:
        self.calls[method] += 1
        if not self.scripted:
            return None
        return next((fault for fault in self.scripted if fault.hits(method)), None)
