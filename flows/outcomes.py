"""Carries an approved question to its end: acts once, and where that fails, or nobody knows, a person is asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from agents import asking_back
from agents.asking_back import Next
from checkpoints.actions import reading
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.courses import undoing
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Request
from checkpoints.core.shown.story import when
from checkpoints.core.view import Checkpoint
from flows import gate
from flows.steps import Done, Effect, Failed, Result, Unknown, act, may_try_again, result_of
from flows.tried import told_so_far
from flows.work import Work


@dataclass(frozen=True)
class Settled:
    """Approved and done. `result` is what the effect gave, empty where a person found that it had happened."""

    point: Checkpoint
    result: Result


@dataclass(frozen=True)
class Refusal:
    """No effect, and none to come: a person said no, or nobody answered. `sentence` is what the story says."""

    sentence: str


@dataclass(frozen=True)
class NotNeeded:
    """There was nothing to ask. `sentence` is what the story says."""

    sentence: str


def earlier(work: Work, kind: str) -> Settled | None:
    """The case's newest question of a kind that was approved and done, in whichever branch; None when there is none."""
    return next(iter(every_earlier(work, kind)), None)


def every_earlier(work: Work, kind: str) -> tuple[Settled, ...]:
    """All of them, the newest first."""
    found = reading.settled(work.desk, work.run.case_id, kind)
    return tuple(Settled(point, result_of(kept)) for point, kept in found)


def void_because(work: Work, question: str) -> str:
    """Why the approval before came to nothing, for the request that is made anew; nothing at the first."""
    point = reading.latest(work.desk, work.run, question)
    return point.because if point is not None and point.state is State.VOID else ""


def settle(
    work: Work,
    question: gate.Question,
    effect: Callable[[Checkpoint], Effect],
    heed: Callable[[Checkpoint], str] = lambda _: "",
) -> Settled | Refusal:
    """Asks, waits, and does what was approved; what can't be done any more is asked anew under a new number.

    `heed` says why an approval is of no use any more, though nothing was done under it; nothing while it is.
    """
    while True:
        point = gate.decide(work, question)
        if point.state is not State.APPROVED:
            return Refusal(f"{point.label} was {point.state}: {point.because or 'no reason was given'}")
        outcome = _of_no_use(point, heed) or _acted(work, question, point, effect(point))
        if isinstance(outcome, Failed) and (why := heed(point)):
            outcome = replace(outcome, why=why)
        if isinstance(outcome, Done):
            return Settled(point, outcome.result)
        if isinstance(outcome, Refusal):
            return outcome
        submitting.void(work.desk, work.run, point, outcome.why)


def _of_no_use(point: Checkpoint, heed: Callable[[Checkpoint], str]) -> Failed | None:
    why = heed(point) if point.permit in (Permit.UNUSED, Permit.FAILED) else ""
    return Failed(why, False, point.changed_at) if why else None


def _acted(work: Work, question: gate.Question, point: Checkpoint, effect: Effect) -> Done | Failed | Refusal:
    while True:
        now = reading.latest(work.desk, work.run, point.question) or point
        if (failed := may_try_again(work, now, effect)) and (other := _other_way(work, question, now, effect, failed)):
            return other
        outcome = act(work, now, effect)
        if isinstance(outcome, Unknown):
            if refused := _reconciled(work, now, effect, outcome):
                return refused
        elif isinstance(outcome, Done):
            _wait_for_undoing(work, now)
            return outcome
        elif not outcome.again:
            return outcome


def _reconciled(work: Work, point: Checkpoint, effect: Effect, unknown: Unknown) -> Refusal | None:
    begun, tried = when(unknown.begun), _tried(work, point, effect, unknown)
    request = asking_back.reconcile(point.label, point.id, point.request.agent, effect.name, begun, tried, unknown.sign)
    answer = _asked(work, f"{point.question}/reconcile-{_stamp(unknown.begun)}", request)
    if answer.state is not State.APPROVED or answer.decision is None:
        return Refusal(f"nobody could say what became of {point.label} ({answer.label} was {answer.state})")
    return None


def _other_way(
    work: Work, question: gate.Question, point: Checkpoint, effect: Effect, failed: Failed
) -> Failed | Refusal | None:
    """None when a person says to try once more; Failed when they want something else, which is asked next."""
    says = f"I tried “{effect.name}”. Nothing was changed."
    tried = _tried(work, point, effect, failed)
    request = asking_back.escalate(point.label, point.request.agent, failed.why, says, tried, failed.sign)
    name = f"{point.question}/retry-{_stamp(failed.begun)}"
    wanted = gate.what_now(work, name, request, partial(question.change, point.request))
    if isinstance(wanted, Request):
        gate.prepare(work, question, point, wanted)
        return Failed(f"{failed.why} A person wants something else instead", False, failed.begun, failed.sign)
    if wanted is Next.RETRY:
        return None
    return Refusal(f"{point.label} could not be carried out: {failed.why}")


def _tried(work: Work, point: Checkpoint, effect: Effect, last: Failed | Unknown) -> tuple[str, ...]:
    line = f"“{effect.name}” of {point.label}, begun {when(last.begun)}: {last.why}"
    return (*told_so_far(work, f"{point.question}/"), line)


def _asked(work: Work, name: str, request: Request) -> Checkpoint:
    return gate.answered(work, gate.Question(name, lambda _: request, asking_back.cannot_change))


def _wait_for_undoing(work: Work, point: Checkpoint) -> None:
    """Where a person found it done and said that it must be undone, the desk has asked for that; it is waited for."""
    name = undoing.question_of(point)
    asked = reading.latest(work.desk, work.run, name)
    if asked is not None:
        _asked(work, name, asked.request)


def _stamp(moment: datetime) -> str:
    """Names one try of a step, the same in every pass."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
