"""Cases' rows."""

import json
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.model import Json
from checkpoints.core.view import OWN, Case

COLUMNS = """
    select c.id, c.slug, c.sort, c.title, c.client, c.state, c.outcome, c.opened_at, c.ended_at,
        (select prefect_id from desk.run r where r.case_id = c.id and r.body ->> 'agent' is null
            order by r.made_at desc limit 1) as prefect_id,
        c.brief
    from desk.case_file c"""
BY_SLUG = text(f"{COLUMNS} where c.slug = :slug")
OWN_CASE = text("select id, counter from desk.case_file where sort = 'desk' for no key update")
BY_ID = text(f"{COLUMNS} where c.id = :id")
EVERY = text(f"{COLUMNS} where c.sort <> 'desk' order by c.opened_at desc limit :most")
ADD = text("""
    insert into desk.case_file (slug, sort, title, client, budget, brief, started_by, opened_at)
    values (:slug, :sort, :title, :client, :budget, cast(:brief as jsonb), :started_by, desk.desk_now())
    returning id""")
END = text("""
    update desk.case_file set state = :state, outcome = :outcome, ended_at = desk.desk_now()
    where id = :id and state = 'running'""")
CANCEL = text("""
    update desk.case_file set state = 'cancelled', outcome = :outcome, ended_at = desk.desk_now() where id = :id""")
STATE = text("select state from desk.case_file where id = :id")
REOPEN = text("update desk.case_file set state = 'running', outcome = '', ended_at = null where id = :id")


def by_slug(tx: Connection, slug: str) -> Case | None:
    """The case, or None."""
    row = tx.execute(BY_SLUG, {"slug": slug}).one_or_none()
    return Case(*row) if row else None


def project(tx: Connection, slug: str) -> Case | None:
    """As `by_slug`, of those that people start and end: the desk's own case is none."""
    found = by_slug(tx, slug)
    return found if found is None or found.sort != OWN else None


def own(tx: Connection) -> tuple[UUID, int] | None:
    """The desk's own case, locked, and the number of its last checkpoint; None where a project has its name."""
    row = tx.execute(OWN_CASE).one_or_none()
    return (row.id, int(row.counter)) if row else None


def by_id(tx: Connection, id: UUID) -> Case | None:
    """The case, or None."""
    row = tx.execute(BY_ID, {"id": id}).one_or_none()
    return Case(*row) if row else None


def every(tx: Connection, most: int) -> list[Case]:
    """The newest first; the desk's own case is not among them."""
    return [Case(*row) for row in tx.execute(EVERY, {"most": most})]


def add(
    tx: Connection,
    slug: str,
    sort: str,
    title: str,
    client: str,
    budget: Decimal | None,
    brief: Mapping[str, Json],
    started_by: UUID | None,
) -> UUID:
    """A new case. Breaks the unique index when the slug is taken."""
    values: dict[str, object] = {
        "slug": slug,
        "sort": sort,
        "title": title,
        "client": client,
        "budget": budget,
    }
    id: UUID = tx.execute(ADD, values | {"brief": json.dumps(dict(brief)), "started_by": started_by}).scalar_one()
    return id


def lock(tx: Connection, id: UUID) -> None:
    """Nobody else numbers, sums or ends this case before the transaction ends."""
    tx.execute(text("select id from desk.case_file where id = :id for no key update"), {"id": id})


def end(tx: Connection, id: UUID, state: str, outcome: str) -> bool:
    """False when it had ended before."""
    return tx.execute(END, {"id": id, "state": state, "outcome": outcome}).rowcount == 1


def cancel(tx: Connection, id: UUID, outcome: str) -> None:
    """Ended for good, whatever it was before."""
    tx.execute(CANCEL, {"id": id, "outcome": outcome})


def state(tx: Connection, id: UUID) -> str:
    """Its state now, for whoever has locked it."""
    return str(tx.execute(STATE, {"id": id}).scalar_one())


def reopen(tx: Connection, id: UUID) -> None:
    """Running again."""
    tx.execute(REOPEN, {"id": id})
