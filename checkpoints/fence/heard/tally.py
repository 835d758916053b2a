"""What a door of ours refused since its process started, for the porter, who asks what is new and writes it down.

Rule: numbered and bounded: however much is refused, only the newest are known in words.
"""

import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from checkpoints.core.fields import clean
from checkpoints.core.model import Json

QUESTION = "refusals"
NEWEST = 60


@dataclass(frozen=True)
class Refusals:
    """`start` names one start of the process, `number` how many it refused since; `newest` in words, oldest first."""

    start: str
    number: int
    newest: tuple[str, ...]

    @classmethod
    def of(cls, answer: Mapping[str, Json]) -> "Refusals":
        """Raises ValueError for an answer that is none."""
        start, number, newest = (answer.get(name) for name in ("start", "number", "newest"))
        if not isinstance(start, str) or not isinstance(number, int) or not isinstance(newest, list):
            raise ValueError("this says nothing of refusals")
        return cls(start, number, tuple(map(str, newest)))

    def since(self, start: str, number: int) -> tuple[tuple[str, ...], int]:
        """The words of those after this one, and how many more there were."""
        fresh = self.number - (number if start == self.start else 0)
        told = self.newest[-fresh:] if fresh > 0 else ()
        return told, max(0, fresh) - len(told)


class Tally:
    """Of one process."""

    def __init__(self) -> None:
        self._start = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._number = 0
        self._newest: deque[str] = deque(maxlen=NEWEST)

    def add(self, why: str) -> None:
        with self._lock:
            self._number += 1
            self._newest.append(clean(why, 300))

    def told(self, _words: Mapping[str, Json]) -> Mapping[str, Json]:
        """What the door answers to `QUESTION`."""
        with self._lock:
            return {"start": self._start, "number": self._number, "newest": list(self._newest)}
