"""What a run does when something goes wrong that no question foresaw: it waits, or asks a person."""

import logging
import time
from collections.abc import Callable
from itertools import count

from agents import asking_back
from checkpoints.core.errors import Countersign, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from flows import gate
from flows.work import Work

End = tuple[str, str]
WAITS = (1.0, 2.0, 5.0, 10.0, *(30.0,) * 120)
"""Seconds between tries while something doesn't answer: about an hour in all."""

log = logging.getLogger(__name__)


def carry_through(work: Work, do: Callable[[Work], End]) -> End:
    """What `do` gives: how the case ends. Trouble becomes an escalation; "again" begins at the top, "stop" ends it.

    Raises what went wrong only when not even a person can be asked.
    """
    for number in count(1):
        name = f"trouble-{number}"
        if gate.was_read(work, name):
            continue
        try:
            return _patiently(work, do)
        except Exception as wrong:
            log.exception("the run can't go on")
            said = _said(wrong)
        answer = _ask(work, name, said)
        if answer.state is not State.APPROVED or answer.decision is None or answer.decision.fields["next"] != "again":
            return "undelivered", f"It could not go on: {said}"
    raise AssertionError("count() ended")


def _patiently(work: Work, do: Callable[[Work], End]) -> End:
    for wait in WAITS:
        try:
            return do(work)
        except Unavailable as trouble:
            log.warning("not available, again in %g s: %s", wait, trouble)
            time.sleep(wait)
    return do(work)


def _ask(work: Work, name: str, said: str) -> Checkpoint:
    request = asking_back.escalate(work.case.title, "Orchestrator", said, "The run can't go on by itself.")
    return gate.answered(work, gate.Question(name, lambda _: request, asking_back.cannot_change))


def _said(wrong: Exception) -> str:
    """Our own errors speak for themselves; of others' only the name, for their text may hold anything."""
    return str(wrong) if isinstance(wrong, Countersign) else f"an unexpected error, {type(wrong).__name__}"
