"""An agent takes what it asked for, once approved: its permit begins, its handle opens, and it says what came of it.

Rule: what passes here is a ticket and what is made of it, good for one opening; a value never does.
"""

from collections.abc import Callable
from uuid import UUID

from checkpoints.actions.by_runs import acting, opening, submitting
from checkpoints.actions.from_outside.agents import admitting, following
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, IllegalMove
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.shown.story import how_it_stands
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import Handed
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.agents import Agent
from checkpoints.store.runs import Run, Step

STEP = "take the credential"
WHY = "the agent that asked takes it"

Hand = Callable[[str, UUID], Handed]
"""Of a case and a ticket. Raises Refused, Unavailable (nothing was handed over)."""
Alarm = Callable[[str, UUID, str], None]
"""Of a case, a ticket and why. Raises Refused, Unavailable."""


def take(desk: Desk, agent: Agent, label: str, hand: Hand) -> tuple[UUID, Handed]:
    """(the ticket, what it opens the value with), a fresh one each time, each with its line.

    What opens once and was opened is an alarm: the database sees to it, whoever of the two is the right one. Raises
    NotItsOwn, IllegalMove (not approved, or over), Refused, Unavailable: then the permit still holds.
    """
    point = admitting.own(desk, agent, label)
    if point.state is not State.APPROVED or point.decision is None:
        raise IllegalMove(f"{how_it_stands(point)} Nothing was handed over.")
    run = following.run_of(desk, point)
    if point.permit in (Permit.BEGUN, Permit.DONE):
        return _handed(desk, run, point, hand)
    fields = dict(point.decision.fields)
    step = acting.begin(desk, run, point, _step(point), digest(point.request.subject.parameters), fields)
    try:
        return _handed(desk, run, point, hand)
    except Countersign as why:
        acting.finish(desk, run, step.id, "failed", {"why": str(why)[:500]})
        raise


def done(desk: Desk, agent: Agent, label: str) -> None:
    """It has it. Said again, nothing changes. Raises NotItsOwn, IllegalMove when it was not handed over."""
    point = admitting.own(desk, agent, label)
    if point.permit is Permit.DONE:
        return
    run, step = _begun(desk, point)
    acting.finish(desk, run, step.id, "done", {"taken": True})


def alarm(desk: Desk, agent: Agent, label: str, ticket: UUID, why: str, sound: Alarm) -> None:
    """It could not open what it was handed: somebody else may have. What was approved is void; it asks anew.

    The alarm first: said again after a crash, it is the same alarm. Raises as `done` does, and Unavailable.
    """
    point = admitting.own(desk, agent, label)
    sound(point.case, ticket, why)
    if point.permit is Permit.BEGUN:
        run, step = _begun(desk, point)
        acting.finish(desk, run, step.id, "failed", {"alarm": why[:500]})
        submitting.void(desk, run, point, "its agent could not open what it was handed")


def _step(point: Checkpoint) -> str:
    """One of its own for each permit: what is asked anew in its branch is taken as well."""
    return f"{STEP} ({point.label})"


def _handed(desk: Desk, run: Run, point: Checkpoint, hand: Hand) -> tuple[UUID, Handed]:
    ticket = opening.open_for_agent(desk, run, point, WHY)
    return ticket, hand(point.case, ticket)


def _begun(desk: Desk, point: Checkpoint) -> tuple[Run, Step]:
    run = following.run_of(desk, point)
    step = acting.ledger(desk, run, _step(point))
    if point.permit is not Permit.BEGUN or step is None or step.checkpoint_id != point.id:
        raise IllegalMove(f"{point.label} is not handed over just now. Nothing was changed.")
    return run, step
