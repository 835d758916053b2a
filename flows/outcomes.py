"""Carries an approved question to its end: acts once, and where that fails, or nobody knows, a person is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from agents import asking_back
from checkpoints.actions import reading, undoing
from checkpoints.actions.by_runs import submitting
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Request
from checkpoints.core.shown.story import when
from checkpoints.core.view import Checkpoint
from flows import gate
from flows.steps import Done, Effect, Failed, Result, Unknown, act, may_try_again
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


def settle(work: Work, question: gate.Question, effect: Callable[[Checkpoint], Effect]) -> Settled | Refusal:
    """Asks, waits, and does what was approved; what can't be done any more is asked anew under a new number."""
    while True:
        point = gate.decide(work, question)
        if point.state is not State.APPROVED:
            return Refusal(f"{point.label} was {point.state}: {point.because or 'no reason was given'}")
        outcome = _acted(work, point, effect(point))
        if isinstance(outcome, Done):
            return Settled(point, outcome.result)
        if isinstance(outcome, Refusal):
            return outcome
        submitting.void(work.desk, work.run, point, outcome.why)


def _acted(work: Work, point: Checkpoint, effect: Effect) -> Done | Failed | Refusal:
    while True:
        now = reading.latest(work.desk, work.run, point.question) or point
        if (failed := may_try_again(work, now, effect)) and (refused := _again(work, now, effect, failed)):
            return refused
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
    request = asking_back.reconcile(point.label, point.id, point.request.agent, effect.name, when(unknown.begun))
    answer = _asked(work, f"{point.question}/reconcile-{_stamp(unknown.begun)}", request)
    if answer.state is not State.APPROVED or answer.decision is None:
        return Refusal(f"nobody could say what became of {point.label} ({answer.label} was {answer.state})")
    return None


def _again(work: Work, point: Checkpoint, effect: Effect, failed: Failed) -> Refusal | None:
    """None when a person says to try once more."""
    request = asking_back.escalate(
        point.label, point.request.agent, failed.why, f"I tried “{effect.name}”. Nothing was changed."
    )
    answer = _asked(work, f"{point.question}/retry-{_stamp(failed.begun)}", request)
    if answer.state is State.APPROVED and answer.decision and answer.decision.fields["next"] == "again":
        return None
    return Refusal(f"{point.label} could not be carried out: {failed.why}")


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
