"""Where a run stops at a question and sleeps until the store says that it may go on.

The order is the whole point: write the wait row, look at the store, suspend with a fresh key, and at the top of
the next pass look again. A Resume in Prefect's own UI only makes it look; it never passes anybody.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from prefect.flow_runs import suspend_flow_run

from agents import asking_back
from checkpoints.actions import reading
from checkpoints.actions.by_runs import requesting, submitting, waiting
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Request, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.documents import REQUEST, dump, load
from flows.steps import Effect, act, step
from flows.work import Work

Ask = Callable[[int], Request]
Change = Callable[[Request, str], Request | str]


@dataclass(frozen=True)
class Question:
    """One question of a branch. `ask` makes the request of an attempt; `change` meets a wish, or says why it can't."""

    name: str
    ask: Ask
    change: Change


def decide(work: Work, question: Question) -> Checkpoint:
    """The checkpoint once it has come to something: approved, rejected, expired, or withdrawn by a person.

    Suspends the run (raises Prefect's Pause) while there is nothing to go on with.
    """
    while True:
        point = reading.latest(work.desk, work.run, question.name)
        if point is None:
            _ask(work, question, attempt=1)
        elif point.state is State.VOID:
            _ask(work, question, point.attempt + 1)
        elif point.state is State.CHANGING and not _handed_in(work, point):
            waiting.mark_read(work.desk, work.run, point)
            _change(work, question, point)
        elif point.waiting or (point.state is State.APPROVED and reading.handed_in(work.desk, point, "void")):
            _sleep(work, point)
        else:
            waiting.mark_read(work.desk, work.run, point)
            if not _ask_again(work, question, point):
                return point


def answered(work: Work, question: Question) -> Checkpoint:
    """As `decide`, for a question whose answer is all that is wanted: reading it uses its permit up."""
    point = decide(work, question)
    if point.state is State.APPROVED:
        act(work, point, Effect("read the answer", lambda: point.request.subject.parameters, dict))
    return point


def was_read(work: Work, name: str) -> bool:
    """True when a pass before this one has read the answer to this question."""
    point = reading.latest(work.desk, work.run, name)
    return point is not None and point.permit is Permit.DONE


def _ask(work: Work, question: Question, attempt: int) -> None:
    made = step(work, f"request/{question.name}/{attempt}", lambda: {"request": dump(REQUEST, question.ask(attempt))})
    requesting.ask(work.desk, work.run, question.name, attempt, _request(made["request"]))


def _change(work: Work, question: Question, point: Checkpoint) -> None:
    if refused := reading.refused_why(work.desk, point, "revise"):
        submitting.withdraw(work.desk, work.run, point, f"my change was refused: {refused}")
        return
    wish = next(a.note for a in reversed(point.answers) if a.verdict is Verdict.CHANGES)

    def changed() -> dict[str, str]:
        outcome = question.change(point.request, wish)
        return {"cannot": outcome} if isinstance(outcome, str) else {"request": dump(REQUEST, outcome)}

    outcome = step(work, f"change/{question.name}/{point.attempt}.{point.revision}", changed)
    if "cannot" in outcome:
        submitting.withdraw(work.desk, work.run, point, outcome["cannot"])
    else:
        submitting.revise(work.desk, work.run, point, _request(outcome["request"]))


def _ask_again(work: Work, question: Question, point: Checkpoint) -> bool:
    """True when it was taken back without a person's no, and a person said to ask once more."""
    taken_back = reading.handed_in(work.desk, point, "withdraw") or point.requirement is None
    if point.state is not State.WITHDRAWN or not taken_back:
        return False
    answer = answered(work, _escalation(point))
    if answer.decision is None or answer.decision.fields.get("next") != "again":
        return False
    again = step(
        work,
        f"request/{question.name}/{point.attempt + 1}",
        lambda: {"request": dump(REQUEST, point.request)},
    )
    requesting.ask(work.desk, work.run, question.name, point.attempt + 1, _request(again["request"]))
    return True


def _escalation(point: Checkpoint) -> Question:
    request = asking_back.escalate(
        point.label, point.request.agent, point.because, "I took the question back. What now?"
    )
    name = f"{point.question}/escalation-{point.attempt}"
    return Question(name, lambda _: request, asking_back.cannot_change)


def _handed_in(work: Work, point: Checkpoint) -> bool:
    return any(reading.handed_in(work.desk, point, verb) for verb in ("revise", "withdraw"))


def _sleep(work: Work, point: Checkpoint) -> None:
    waiting.sleep_for(work.desk, work.run, point)
    seen = reading.latest(work.desk, work.run, point.question)
    if seen is not None and (seen.state, seen.revision) == (point.state, point.revision):
        suspend_flow_run(key=f"{point.id}-{uuid4().hex}", timeout=None)


def _request(document: object) -> Request:
    return load(REQUEST, json.loads(str(document)))
