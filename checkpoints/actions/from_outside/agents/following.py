"""An agent follows what it asked: how it stands, whether that has changed, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.by_runs import submitting
from checkpoints.actions.from_outside.agents import admitting
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.fields import check_note
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.shown.story import how_it_stands
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import ONCE
from checkpoints.store import checkpoints, runs
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import agents
from checkpoints.store.from_outside.agents import Agent
from checkpoints.store.runs import Run


@dataclass(frozen=True)
class Followed:
    """How it stands. `again`: the number under which a person asked it anew; `ends_at`: when what was given ends, if
    ever; `opens`: whether it can be opened now."""

    point: Checkpoint
    mark: str
    again: str | None
    ends_at: datetime | None
    opens: bool


def follow(desk: Desk, agent: Agent, label: str) -> Followed:
    """Raises NotItsOwn, NoName."""
    with desk.transaction() as tx:
        return followed(tx, admitting.own(tx, agent, label))


def followed(tx: Connection, point: Checkpoint) -> Followed:
    """How what it asked stands. Its mark is that of the checkpoint as it was read: what comes later is news."""
    last = checkpoints.latest(tx, point.case_id, point.branch, point.question)
    again = last.label if last is not None and last.id != point.id else None
    ends_at, lives = agents.given(tx, point.id)
    used_up = point.permit is Permit.DONE and point.request.subject.parameters.get("opens_for_agent") == ONCE
    opens = point.state is State.APPROVED and lives and not used_up
    return Followed(point, agents.mark(point), again, ends_at, opens)


def marks(desk: Desk, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Of each of these checkpoints the word that changes when it does."""
    with desk.transaction() as tx:
        return agents.marks(tx, ids)


def withdraw(desk: Desk, agent: Agent, label: str, because: str) -> Checkpoint:
    """The desk is told that it is taken back. Raises IllegalMove once it is decided."""
    if not because.strip():
        raise Refused("Say why it is taken back: the story shows it. Nothing was changed.")
    check_note(because)
    with desk.transaction() as tx:
        point = admitting.own(tx, agent, label)
        if not point.waiting:
            raise IllegalMove(f"{how_it_stands(point)} It can't be taken back. Nothing was changed.")
        run = run_of(tx, point)
    submitting.withdraw(desk, run, point, because)
    return point


def run_of(tx: Connection, point: Checkpoint) -> Run:
    """The run that asked. Raises Refused when there is none at work any more."""
    run = runs.by_id(tx, point.run_id) if point.run_id else None
    if run is None or run.ended:
        raise Refused(f"Nothing more comes of {point.label}: its project ended, or it was handed over. Ask anew.")
    return run


def count_junk(desk: Desk) -> None:
    """One more came today that can't be read."""
    with desk.transaction() as tx:
        agents.count_junk(tx)
