"""When a card was first shown to whom, and what came of it: rows of their own, so that no answer pays for them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.clock.attention import Answered, to_read
from checkpoints.core.view import Checkpoint
from checkpoints.store.documents import readable

SHOWN = text("""
    insert into desk.shown (checkpoint_id, revision, person_id, first_at)
    select id, revision, :person, desk.desk_now()
    from unnest(cast(:ids as uuid[]), cast(:revisions as integer[])) as s (id, revision) on conflict do nothing""")
SHOWN_BY_NAME = text("""
    insert into desk.shown (checkpoint_id, revision, person_id, first_at)
    select p.id, p.revision, :person, desk.desk_now()
    from desk.checkpoint p join desk.case_file c on c.id = p.case_id
    where c.slug = :slug and p.number = :number and p.state = 'open' on conflict do nothing""")
ANSWERED = text("""
    select a.at - s.first_at as took, cast(r.request as text) as request
    from desk.answer a join desk.revision r on r.checkpoint_id = a.checkpoint_id and r.number = a.revision
        left join desk.shown s on s.checkpoint_id = a.checkpoint_id and s.revision = a.revision
            and s.person_id = a.person_id
    where a.at > desk.desk_now() - :within and (cast(:person as uuid) is null or a.person_id = :person)
    order by a.at desc limit :most""")
TODAY = text("select count(*) from desk.answer where person_id = :person and at > desk.desk_now() - interval '1 day'")
MOST_A_DAY = text("select most_a_day from desk.person where id = :person")
SET_MOST = text("update desk.person set most_a_day = :most where id = :person")


def shown(tx: Connection, person: UUID, points: Sequence[Checkpoint]) -> None:
    """These were shown to them, now or before."""
    values = {"ids": [point.id for point in points], "revisions": [point.revision for point in points]}
    tx.execute(SHOWN, values | {"person": person})


def shown_by_name(tx: Connection, person: UUID, slug: str, number: int) -> None:
    """The checkpoint that people call `slug/number` was, if it is open."""
    tx.execute(SHOWN_BY_NAME, {"person": person, "slug": slug, "number": number})


def answered(tx: Connection, person: UUID | None, within: timedelta, most: int) -> list[Answered]:
    """Their answers, or everybody's, the newest first."""
    rows = tx.execute(ANSWERED, {"person": person, "within": within, "most": most})
    return [Answered(row.took, to_read(readable(row.request))) for row in rows]


def load(tx: Connection, person: UUID) -> tuple[int, int | None]:
    """How much they answered in the last 24 hours, and how much is the most; None: no limit."""
    values = {"person": person}
    return int(tx.execute(TODAY, values).scalar_one()), tx.execute(MOST_A_DAY, values).scalar_one()


def set_most(tx: Connection, person: UUID, most: int | None) -> None:
    """From so many answers in 24 hours on, others are asked first."""
    tx.execute(SET_MOST, {"person": person, "most": most})
