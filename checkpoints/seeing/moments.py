"""A question's moments (asked, received, told, answered, woken, acted): spans of one trace, across processes.

Rule: the trace's id is the checkpoint's own, so that nothing is stored or passed; nobody's words are in a span.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from checkpoints.core.view import Checkpoint

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
FIRST = "asked"
"""The trace's root: whatever follows is a child of it, and can compute its id."""


@dataclass
class Moment:
    """What is being done about a checkpoint right now. Times are nanoseconds since 1970."""

    name: str
    started: int
    checkpoint: UUID | None = None
    run: UUID | None = None
    case: str = ""
    label: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    def of(self, point: Checkpoint, began: datetime | None = None, **facts: str) -> None:
        """It is about this checkpoint; `began` when another process saw it begin. `facts` are words of ours only."""
        self.checkpoint, self.run, self.case, self.label = point.id, point.run_id, point.case, point.label
        self.facts |= facts
        if began is not None:
            self.started = min(self.started, int(began.timestamp() * 1e9))

    @property
    def trace(self) -> str:
        """The trace's id, 32 hex digits."""
        return self.checkpoint.hex if self.checkpoint else ""


now: ContextVar[Moment | None] = ContextVar("moment", default=None)


@contextmanager
def moment(name: str, **facts: str) -> Iterator[Moment]:
    """A span once it ends, if by then its checkpoint is known; what is logged meanwhile says what is being done."""
    doing = Moment(name, time.time_ns(), facts=dict(facts))
    token, wrong = now.set(doing), ""
    try:
        yield doing
    except BaseException as error:
        # Its class only: a message may hold anything.
        wrong = type(error).__name__
        raise
    finally:
        now.reset(token)
        if doing.checkpoint is not None and on():
            from checkpoints.seeing import exporting

            exporting.export(doing, time.time_ns(), wrong)


def on() -> bool:
    """True where somebody collects traces."""
    return bool(os.environ.get(ENDPOINT))


def root(checkpoint: UUID) -> int:
    """The id of the first span of a checkpoint's trace, 64 bits and never 0."""
    return int.from_bytes(hashlib.sha256(FIRST.encode() + checkpoint.bytes).digest()[:8], "big") or 1
