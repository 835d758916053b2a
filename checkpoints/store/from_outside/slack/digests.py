"""Rows of what a channel in Slack was told of a case's flood: each digest with the questions that stood in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.view import Checkpoint
from checkpoints.store.work.messages import LONGEST_TROUBLE

OF = text("""
    select d.id, d.state, d.unsure, d.made_at, array(select l.checkpoint_id || ' ' || l.revision
            from desk.slack_digest_line l where l.digest_id = d.id) as lines
    from desk.slack_digest d where d.case_id = :case and d.place = :place order by d.made_at""")
BEGIN = text("""
    insert into desk.slack_digest (case_id, place, state, made_at)
    values (:case, :place, 'sending', desk.desk_now()) returning id""")
LINES = text("""
    insert into desk.slack_digest_line (digest_id, checkpoint_id, revision)
    select :id, * from unnest(cast(:ids as uuid[]), cast(:revisions as integer[]))""")
END = text("update desk.slack_digest set state = :state, trouble = :trouble where id = :id")
UNSURE = text("update desk.slack_digest set unsure = unsure + 1, trouble = :trouble where id = :id returning unsure")


@dataclass(frozen=True)
class Hung:
    """One digest. `state` is as a card's; `lines` name a question and its revision each."""

    id: UUID
    state: str
    unsure: int
    made_at: datetime
    lines: frozenset[str]


def line(point: Checkpoint) -> str:
    """What a question is called in a digest's lines."""
    return f"{point.id} {point.revision}"


def of(tx: Connection, case: UUID, place: str) -> list[Hung]:
    """All of a case in one channel, the first first."""
    rows = tx.execute(OF, {"case": case, "place": place})
    return [Hung(row.id, row.state, row.unsure, row.made_at, frozenset(row.lines)) for row in rows]


def begin(tx: Connection, case: UUID, place: str, points: Sequence[Checkpoint]) -> UUID:
    """Kept before Slack is asked."""
    id: UUID = tx.execute(BEGIN, {"case": case, "place": place}).scalar_one()
    named = {"ids": [point.id for point in points], "revisions": [point.revision for point in points]}
    tx.execute(LINES, {"id": id, **named})
    return id


def end(tx: Connection, id: UUID, state: str, trouble: str = "") -> None:
    """How the try ended; or that another begins: `sending`."""
    tx.execute(END, {"id": id, "state": state, "trouble": trouble[:LONGEST_TROUBLE]})


def unsure(tx: Connection, id: UUID, trouble: str) -> int:
    """Nobody can say how the try ended; how many such tries there were by now."""
    return int(tx.execute(UNSURE, {"id": id, "trouble": trouble[:LONGEST_TROUBLE]}).scalar_one())
