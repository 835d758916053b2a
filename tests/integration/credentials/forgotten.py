"""What the desk promised to forget is forgotten, without a porter."""

from checkpoints.actions.credentials import forgetting
from checkpoints.core.errors import Unavailable
from checkpoints.store import errands
from checkpoints.store.desk import Desk


def forgotten(desk: Desk) -> None:
    """Every errand to forget that is due is carried."""
    with desk.transaction() as tx:
        tx.exec_driver_sql("update desk.errand set due_at = desk.desk_now() where kind = 'forget' and done_at is null")
        found = tx.exec_driver_sql("select id, kind, key, body, version, tries from desk.errand where done_at is null")
        due = [errands.Errand(*row) for row in found.all() if row.kind == "forget"]
    for errand in due:
        try:
            forgetting.forget(desk, errand)
        except Unavailable:
            continue
