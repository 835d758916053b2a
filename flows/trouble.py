"""What a run does when something goes wrong that no question foresaw: it waits, or asks a person."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count

from agents import asking_back
from agents.asking_back import Next
from checkpoints.actions import reading
from checkpoints.actions.by_runs import leasing
from checkpoints.actions.courses.starting import MAIN
from checkpoints.core.errors import LeaseLost, Refused, Unavailable
from checkpoints.core.model import Request
from checkpoints.core.shown.story import when
from flows import gate
from flows.recognising import recognise, said
from flows.steps import Result, step
from flows.tried import told_so_far
from flows.work import End, Work

WAITS = (1.0, 2.0, 5.0, 10.0, *(30.0,) * 120)
"""Seconds between tries while something doesn't answer: about an hour in all."""
MOST_LOSSES = 5
"""So often a run whose pass died begins again by itself; then a person is asked."""
AGENT = "Orchestrator"
TROUBLE = "trouble-"

log = logging.getLogger(__name__)


def carry_through(work: Work, do: Callable[[Work], End]) -> End:
    """What `do` gives: the run's end. Trouble becomes an escalation; "retry" begins at the top, "stop" ends the run.

    Raises what went wrong only when not even a person can be asked.
    """
    for number in count(1):
        name = f"{TROUBLE}{number}"
        asked = reading.latest(work.desk, work.run, name)
        if asked is not None and asked.run_id != work.run.id and not asked.waiting:
            continue
        begun = time.monotonic()
        try:
            request = asked.request if asked else None
            if request is None:
                _not_too_often(work)
                return _patiently(work, do)
        except LeaseLost:
            raise
        except Exception as wrong:
            log.exception("the run can't go on")
            request = _escalation(work, wrong, time.monotonic() - begun)
        if gate.what_now(work, name, request, _nothing_to_change) is Next.RETRY:
            step(work, f"forgiven ({name})", partial(_forgive, work))
        else:
            state = "undelivered" if work.run.branch == MAIN else "refused"
            return End(state, f"It could not go on: {request.facts[0].value}")
    raise AssertionError("count() ended")


def _not_too_often(work: Work) -> None:
    lost = leasing.times_lost(work.desk, work.run)
    if lost >= MOST_LOSSES:
        raise Refused(f"Whoever worked for this run died {lost} times in the midst of it. It stopped trying.")


def _forgive(work: Work) -> Result:
    leasing.forgive(work.desk, work.run)
    return {}


def _patiently(work: Work, do: Callable[[Work], End]) -> End:
    for wait in WAITS:
        try:
            return do(work)
        except Unavailable as trouble:
            log.warning("not available, again in %g s: %s", wait, trouble)
            time.sleep(wait)
    return do(work)


def _escalation(work: Work, wrong: Exception, seconds: float) -> Request:
    """`seconds`: for how long it was tried, this last time."""
    now = reading.now(work.desk)
    since = f"from {when(now - timedelta(seconds=seconds))} to " if seconds >= 60 else ""
    tried = (*told_so_far(work, TROUBLE), f"{since}{when(now)}: {said(wrong)}")
    about = work.case.title if work.run.branch == MAIN else f"{work.case.title}, {work.run.branch},"
    says = "The run can't go on by itself."
    return asking_back.escalate(about, AGENT, said(wrong), says, tried, recognise(wrong), can_change=False)


def _nothing_to_change(_wish: str) -> str:
    return "no question of mine is about it"
