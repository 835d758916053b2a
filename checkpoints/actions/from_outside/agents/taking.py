"""An agent takes what it asked for, once approved: its permit begins, its handle opens, and it says what came of it.

Rule: what passes here is a ticket and what is made of it, good for one opening; a secret value never does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.by_runs import acting, opening, submitting
from checkpoints.actions.from_outside.agents import admitting, following
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, IllegalMove, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.shown.story import how_it_stands
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import plain_of
from checkpoints.core.work.services.handing import Handed
from checkpoints.seeing.failpoints import reach
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.agents import Agent
from checkpoints.store.runs import Run, Step
from checkpoints.store.work import leases

STEP = "take the credential"
WHY = "the agent that asked takes it"

Hand = Callable[[str, UUID], Handed]
"""Of a case and a ticket. Raises Refused, Unavailable (nothing was handed over)."""
Alarm = Callable[[str, UUID, str], None]
"""Of a case, a ticket and why. Raises Refused, Unavailable."""


@dataclass(frozen=True)
class Taken:
    """What passes to the agent: the ticket, what it opens the value with, and the fields that are no secret."""

    ticket: UUID
    handed: Handed
    plain: Mapping[str, str]


def take(desk: Desk, agent: Agent, label: str, hand: Hand) -> Taken:
    """A fresh one each time, each with its line. The permit begins and the handle opens together, or neither does.

    What opens once and was opened is an alarm: the database sees to it, whoever of the two is the right one. Raises
    NotItsOwn, IllegalMove (not approved, or over), Refused, Unavailable: then the permit still holds.
    """
    with desk.transaction() as tx:
        point = admitting.own(tx, agent, label)
        if point.state is not State.APPROVED or point.decision is None:
            raise IllegalMove(f"{how_it_stands(point)} Nothing was handed over.")
        run = following.run_of(tx, point)
        step = None
        if point.permit not in (Permit.BEGUN, Permit.DONE):
            leases.check(tx, run)
            named, fields = digest(point.request.subject.parameters), point.decision.fields
            step = acting.begin_in(tx, run, point, _step(point), named, fields)
        ticket = opening.open_for_agent(tx, run, point, WHY)
    if step is not None:
        reach("K9")
    try:
        if ticket is None:
            raise Refused(opening.OPENED_BEFORE)
        return Taken(ticket, hand(point.case, ticket), plain_of(point))
    except Countersign as why:
        if step is not None:
            acting.finish(desk, run, step, "failed", {"why": str(why)[:500]})
        raise


def done(desk: Desk, agent: Agent, label: str) -> None:
    """It has it. Said again, nothing changes. Raises NotItsOwn, IllegalMove when it was not handed over."""
    with desk.transaction() as tx:
        point = admitting.own(tx, agent, label)
        if point.permit is Permit.DONE:
            return
        run, step = _begun(tx, point)
    acting.finish(desk, run, step.id, "done", {"taken": True})


def alarm(desk: Desk, agent: Agent, label: str, ticket: UUID, why: str, sound: Alarm) -> None:
    """It could not open what it was handed: somebody else may have. What was approved is void; it asks anew.

    The alarm first: said again after a crash, it is the same alarm. Raises as `done` does, and Unavailable.
    """
    with desk.transaction() as tx:
        point = admitting.own(tx, agent, label)
    sound(point.case, ticket, why)
    if point.permit is Permit.BEGUN:
        with desk.transaction() as tx:
            run, step = _begun(tx, point)
        acting.finish(desk, run, step.id, "failed", {"alarm": why[:500]})
        submitting.void(desk, run, point, "its agent could not open what it was handed")


def _step(point: Checkpoint) -> str:
    """One of its own for each permit: what is asked anew in its branch is taken as well."""
    return f"{STEP} ({point.label})"


def _begun(tx: Connection, point: Checkpoint) -> tuple[Run, Step]:
    run = following.run_of(tx, point)
    step = runs.step(tx, run, _step(point))
    if point.permit is not Permit.BEGUN or step is None or step.checkpoint_id != point.id:
        raise IllegalMove(f"{point.label} is not handed over just now. Nothing was changed.")
    return run, step
