"""A case's plan: what it will ask, branch by branch, and what a person waived."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.work.plan import Item, Ran

ADD = text("""
    insert into desk.plan_item (case_id, branch, position, kind, title, after)
    values (:case_id, :branch, :position, :kind, :title, :after)""")
ITEMS = text("""
    select branch, kind, title, after, waived_by, waived_because from desk.plan_item
    where case_id = :case_id order by position""")
WAIVE = text("""
    update desk.plan_item set waived_at = desk.desk_now(), waived_by = :by, waived_because = :because
    where case_id = :case_id and branch = :branch and waived_at is null""")
NEW_COURSE = text("update desk.case_file set course = course + 1 where id = :id")
RAN = text("""
    select distinct on (branch) branch, outcome is not null as over, outcome, said from desk.run
    where case_id = :case_id order by branch, made_at desc""")
LAID_OUT = text("select course from desk.case_file where id = :case_id")


def add(tx: Connection, case_id: UUID, items: Sequence[Item]) -> None:
    """The plan of a new case, in its order."""
    for position, item in enumerate(items, 1):
        values = {"case_id": case_id, "branch": item.branch, "position": position, "kind": item.kind}
        tx.execute(ADD, values | {"title": item.title, "after": list(item.after)})


def items(tx: Connection, case_id: UUID) -> tuple[Item, ...]:
    """The plan, in its order."""
    return tuple(
        Item(row.branch, row.kind, row.title, tuple(row.after), row.waived_by, row.waived_because or "")
        for row in tx.execute(ITEMS, {"case_id": case_id})
    )


def ran(tx: Connection, case_id: UUID) -> dict[str, Ran]:
    """How far the newest run of each branch is, by branch."""
    return {row.branch: Ran(*row) for row in tx.execute(RAN, {"case_id": case_id})}


def course(tx: Connection, case_id: UUID) -> int:
    """How often what a case does next was changed. Read before what it stands for: an older number only wakes."""
    return int(tx.execute(LAID_OUT, {"case_id": case_id}).scalar_one())


def change_course(tx: Connection, case_id: UUID) -> None:
    """A branch ended, or a person changed the plan: whoever sleeps for it looks again. The case is locked by this."""
    tx.execute(NEW_COURSE, {"id": case_id})


def waive(tx: Connection, case_id: UUID, branch: str, by: str, because: str) -> bool:
    """Not needed any more; False when it was waived before, or is no part of the plan."""
    values = {"case_id": case_id, "branch": branch, "by": by, "because": because}
    return tx.execute(WAIVE, values).rowcount == 1
