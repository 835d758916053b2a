"""Where a run stops at a question and sleeps until the store says that it may go on.

The order is the whole point: write the wait row, look at the store, suspend with a fresh key, and at the top of
the next pass look again. A Resume in Prefect's own UI only makes it look; it never passes anybody.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from uuid import uuid4

from prefect.exceptions import Abort
from prefect.flow_runs import suspend_flow_run

from agents import asking_back
from agents.asking_back import Next
from checkpoints.actions import reading
from checkpoints.actions.by_runs import requesting, submitting, waiting
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Request, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.documents import dump, load
from checkpoints.store.work.waits import Wait
from flows.steps import Effect, act, step
from flows.work import Work

HOLD_SECONDS = 1.0
LOOK_SECONDS = 0.02

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
            waiting.mark_read(work.desk, work.run)
            _change(work, question, point)
        elif point.waiting or (point.state is State.APPROVED and reading.handed_in(work.desk, point, "void")):
            _sleep(work, point)
        else:
            waiting.mark_read(work.desk, work.run)
            if not _ask_again(work, question, point):
                return point


def answered(work: Work, question: Question) -> Checkpoint:
    """As `decide`, for a question whose answer is all that is wanted: reading it uses its permit up."""
    point = decide(work, question)
    if point.state is State.APPROVED:
        act(work, point, Effect("read the answer", lambda: point.request.subject.parameters, dict, outside=False))
    return point


def what_now(work: Work, name: str, escalation: Request, change: Callable[[str], Request | str]) -> Request | Next:
    """What a person wants: the same once more, the request that `change` makes of their words instead, or to stop.

    What can't be used instead is said, and asked again. No answer stops, as a no does.
    """
    for number in count(1):
        asked = name if number == 1 else f"{name}/{number}"
        point = _say_what_now(work, asked, escalation)
        decision = point.decision
        wanted = Next(decision.fields["next"]) if decision and decision.outcome == "approved" else Next.STOP
        if decision is None or wanted is not Next.INSTEAD:
            return wanted
        outcome = _changed(work, f"instead/{asked}", partial(change, decision.note))
        if isinstance(outcome, Request):
            return outcome
        escalation = asking_back.cannot_use(point.request, decision.note, outcome)
    raise AssertionError("count() ended")


def prepare(work: Work, question: Question, point: Checkpoint, request: Request) -> None:
    """Notes what is asked once this attempt is over, instead of what the agent would ask by itself."""
    step(work, _request_of(question, point.attempt + 1), lambda: {"request": dump(Request, request)})


def rest(work: Work, *, until: datetime | None = None, arrival: str | None = None, course: int | None = None) -> None:
    """Sleeps until that moment, an untaken arrival of that name, or another course of the case than this one.

    Returns when it has come; until then it suspends the run (raises Prefect's Pause).
    """
    waiting.sleep_for(work.desk, work.run, Wait(due_at=until, arrival=arrival, course=course))
    if not waiting.has_news(work.desk, work.run):
        _suspend(f"{work.run.id}-{uuid4().hex}")
    waiting.mark_read(work.desk, work.run)


def _ask(work: Work, question: Question, attempt: int) -> None:
    made = step(work, _request_of(question, attempt), lambda: {"request": dump(Request, question.ask(attempt))})
    requesting.ask(work.desk, work.run, question.name, attempt, _request(made["request"]))


def _request_of(question: Question, attempt: int) -> str:
    return f"request/{question.name}/{attempt}"


def _change(work: Work, question: Question, point: Checkpoint) -> None:
    if refused := reading.refused_why(work.desk, point, "revise"):
        submitting.withdraw(work.desk, work.run, point, f"my change was refused: {refused}")
        return
    wish = next(a.note for a in reversed(point.answers) if a.verdict is Verdict.CHANGES)
    name = f"change/{question.name}/{point.attempt}.{point.revision}"
    outcome = _changed(work, name, partial(question.change, point.request, wish))
    if isinstance(outcome, Request):
        submitting.revise(work.desk, work.run, point, outcome)
    else:
        submitting.withdraw(work.desk, work.run, point, outcome)


def _changed(work: Work, name: str, change: Callable[[], Request | str]) -> Request | str:
    """What a wish came to, as recorded: the changed request, or why the wish can't be met."""

    def met() -> dict[str, str]:
        try:
            outcome = change()
        except Refused as wrong:
            outcome = str(wrong)
        return {"cannot": outcome} if isinstance(outcome, str) else {"request": dump(Request, outcome)}

    made = step(work, name, met)
    return made["cannot"] if "cannot" in made else _request(made["request"])


def _ask_again(work: Work, question: Question, point: Checkpoint) -> bool:
    """True when it was taken back without a person's no, and a person said to ask once more, or something else."""
    refused = point.requirement is None
    taken_back = reading.handed_in(work.desk, point, "withdraw") or refused
    # That the desk took nothing more, the limits say, or an escalation that it can't take: asking on helps nobody.
    if point.state is not State.WITHDRAWN or not taken_back or (refused and point.kind == "escalation"):
        return False
    escalation = asking_back.escalate(point.label, point.request.agent, point.because, "I took the question back.")
    name = f"{point.question}/escalation-{point.attempt}"
    wanted = what_now(work, name, escalation, partial(question.change, point.request))
    if wanted is Next.STOP:
        return False
    prepare(work, question, point, wanted if isinstance(wanted, Request) else point.request)
    _ask(work, question, point.attempt + 1)
    return True


def _say_what_now(work: Work, name: str, escalation: Request) -> Checkpoint:
    return answered(work, Question(name, lambda _: escalation, asking_back.cannot_change))


def _handed_in(work: Work, point: Checkpoint) -> bool:
    return any(reading.handed_in(work.desk, point, verb) for verb in ("revise", "withdraw"))


def _sleep(work: Work, point: Checkpoint) -> None:
    waiting.sleep_for(work.desk, work.run, Wait(checkpoint_id=point.id))
    seen = _received(work, point)
    if seen is not None and seen.revision == point.revision and seen.state in (point.state, State.OPEN):
        _suspend(f"{point.id}-{uuid4().hex}")


def _suspend(key: str) -> None:
    """Raises Prefect's Pause; or its Abort where somebody ended the flow run meanwhile: the run is begun again."""
    try:
        suspend_flow_run(key=key, timeout=None)
    except RuntimeError as refused:
        if "cannot be suspended" not in str(refused):
            raise
        raise Abort(str(refused)) from refused


def _received(work: Work, point: Checkpoint) -> Checkpoint | None:
    """The question as it is now; one that was asked just now, once the desk has received it, or after a moment.

    The rule decides at once, and then the run needs neither sleep nor be started anew.
    """
    end = time.monotonic() + HOLD_SECONDS
    while True:
        seen = reading.latest(work.desk, work.run, point.question)
        if seen is None or seen.state is not State.ASKED or time.monotonic() >= end:
            return seen
        time.sleep(LOOK_SECONDS)


def _request(document: object) -> Request:
    return load(Request, json.loads(str(document)))
