"""A question and a project in a client's terms: no word that only the desk knows, nobody else's name or note.

Rule: what is dangerous, what it costs and what exactly is asked are never left out; only what a client can't use is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Role, Verdict
from checkpoints.core.shown.card import Card, cost_line
from checkpoints.core.shown.course import Planned
from checkpoints.core.shown.story import sentence, waits_for, when
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import Stage

STATES = {
    State.ASKED: "being prepared",
    State.OPEN: "waits for an answer",
    State.CHANGING: "being changed",
    State.APPROVED: "approved",
    State.REJECTED: "not approved",
    State.EXPIRED: "not answered in time",
    State.WITHDRAWN: "taken back",
    State.VOID: "taken back",
}
STAGES = {
    Stage.PLANNED: "to come",
    Stage.READY: "comes next",
    Stage.OPEN: "under way",
    Stage.BLOCKED: "waits for something else",
    Stage.DONE: "done",
    Stage.NOT_NEEDED: "not needed",
    Stage.REFUSED: "not done",
}
DONE = {
    Permit.UNUSED: "It is done next.",
    Permit.BEGUN: "It is being done now.",
    Permit.DONE: "It is done.",
}
CASES = {
    "running": "The work goes on.",
    "delivered": "It is delivered.",
    "undelivered": "It ended without being delivered.",
    "refused": "It was not begun.",
    "cancelled": "It was cancelled.",
}
VERDICTS = {
    Verdict.APPROVE: "You said yes",
    Verdict.REJECT: "You said no",
    Verdict.CHANGES: "You asked for changes",
}


@dataclass(frozen=True)
class Line:
    """One part of the plan, or one question: how it stands in a word, and for a question its number and cost."""

    title: str
    stands: str
    state: str
    number: int | None = None
    cost: str = ""


@dataclass(frozen=True)
class ClientsCase:
    """A project as its client sees it."""

    title: str
    client: str
    line: str
    parts: tuple[Line, ...]
    questions: tuple[Line, ...]


def clients_card(card: Card, point: Checkpoint) -> Card:
    """The same card in a client's terms. Facts, dangers, details, cost, fields and digest stay as they are."""
    ask = f"Your answer is wanted: {point.request.action}"
    stands = how_it_stands(point)
    return replace(
        card,
        heading=ask,
        title=ask,
        who=_who(point),
        checks=(),
        factor="",
        stands=stands,
        next=_next(point),
        reopens=None,
    )


def how_it_stands(point: Checkpoint) -> str:
    """One sentence on the question."""
    at = when(point.changed_at)
    match point.state:
        case State.OPEN:
            return f"It waits for {waits_for(point)}."
        case State.CHANGING:
            return f"Changes were asked for at {at}. It is asked again once they are made."
        case State.APPROVED if point.decision and point.decision.emergency:
            why = sentence(point.decision.note)
            return f"It was approved at {at} in an emergency, by one person alone, past its rule: {why}"
        case State.APPROVED:
            return f"It was approved at {at}. {DONE.get(point.permit or Permit.UNUSED, 'We look after it.')}"
        case State.ASKED:
            return "It is being prepared."
        case _:
            return f"It was {STATES[point.state]} at {at}."


def what_was_said(point: Checkpoint, way: str, person: object) -> str:
    """What the person answered to this revision by a link, in words; empty when they did not."""
    mine = [a for a in point.answers if (a.person_id, a.revision, a.way) == (person, point.revision, way)]
    return f"{VERDICTS[mine[-1].verdict]} at {when(mine[-1].at)}." if mine else ""


def clients_case(case: Case, plan: Sequence[Planned], points: Sequence[Checkpoint]) -> ClientsCase:
    """The project: its plan, and what was asked in it."""
    waiting = sum(point.state is State.OPEN for point in points)
    asks = f" {waiting} question{'s' if waiting > 1 else ''} wait{'s' if waiting == 1 else ''} for an answer."
    line = CASES[case.state] + (asks if waiting and case.state == "running" else "")
    return ClientsCase(
        case.title,
        case.client,
        line,
        tuple(Line(part.title, STAGES[part.stage], part.stage) for part in plan),
        tuple(_question(point) for point in points),
    )


def _question(point: Checkpoint) -> Line:
    cost = cost_line(point.request.cost) if point.request.cost else ""
    return Line(point.request.action, STATES[point.state], point.state, point.number, cost)


def _who(point: Checkpoint) -> str:
    """Who said yes, as what, and whose turn it is."""
    so_far = " and ".join(f"the {answer.role.called}" for answer in point.counting if answer.role)
    if point.state is not State.OPEN:
        return f"{so_far} said yes" if so_far else "nobody said yes"
    turn = "you" if point.roles_to_come[:1] == (Role.CLIENT,) else waits_for(point)
    return f"{so_far} said yes already; now it is up to {turn}" if so_far else turn


def _next(point: Checkpoint) -> str:
    if point.state is not State.OPEN:
        return ""
    return "With your yes the work goes on. Without it, this is not done; you can also say what should change."
