"""An agent takes what it asked for, once approved: its permit begins, its handle opens, and it says what came of it.

Rule: what passes here is a ticket and what is made of it, good for one opening; a value never does.
"""

from collections.abc import Callable
from uuid import UUID

from checkpoints.actions.by_runs import acting, opening, submitting
from checkpoints.actions.from_outside.agents import admitting, following
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, IllegalMove, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Json
from checkpoints.core.shown.story import how_it_stands
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import Handed
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run, Step
from checkpoints.store.secret.agents import Agent

STEP = "take the credential"
WHY = "the agent that asked takes it"

Hand = Callable[[str, UUID], Handed]
"""Of a case and a ticket. Raises Refused, Unavailable (nothing was handed over)."""
Alarm = Callable[[str, UUID, str], None]
"""Of a case, a ticket and why. Raises Refused, Unavailable."""


def take(desk: Desk, agent: Agent, label: str, hand: Hand) -> tuple[UUID, Handed]:
    """(the ticket, what it opens the value with), this once.

    Raises NotItsOwn, IllegalMove (not approved, or taken before), Refused, Unavailable. When nothing was handed over
    the permit still holds.
    """
    point = admitting.own(desk, agent, label)
    if point.state is not State.APPROVED or point.decision is None:
        raise IllegalMove(f"{how_it_stands(point)} Nothing was handed over.")
    if point.permit not in (Permit.UNUSED, Permit.FAILED):
        raise IllegalMove(
            f"{point.label} was handed over before, and is once. Nothing was handed over now. If it didn't reach you, "
            "say so as an alarm: then a person gives another value."
        )
    run = following.run_of(desk, point)
    step = acting.begin(desk, run, point, STEP, digest(point.request.subject.parameters), dict(point.decision.fields))
    try:
        ticket = opening.open_for_agent(desk, run, point, WHY)
        return ticket, hand(point.case, ticket)
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
    submitting.ended(desk, run, "done", f"{agent.name} has what it asked for")


def alarm(desk: Desk, agent: Agent, label: str, ticket: UUID, why: str, sound: Alarm) -> None:
    """It could not open what it was handed: somebody else may have. Raises as `done` does, and Unavailable.

    The alarm first, the step's end second: said again after a crash, it is the same alarm. Its permit may begin again,
    for another value.
    """
    point = admitting.own(desk, agent, label)
    if point.permit is Permit.FAILED:
        return
    run, step = _begun(desk, point)
    sound(point.case, ticket, why)
    told: dict[str, Json] = {"alarm": why[:500]}
    acting.finish(desk, run, step.id, "failed", told)


def _begun(desk: Desk, point: Checkpoint) -> tuple[Run, Step]:
    run = following.run_of(desk, point)
    step = acting.ledger(desk, run, STEP)
    if point.permit is not Permit.BEGUN or step is None:
        raise IllegalMove(f"{point.label} is not handed over just now. Nothing was changed.")
    if step.checkpoint_id != point.id:
        raise Refused(f"{point.label} is not what was handed over. Nothing was changed.")
    return run, step
