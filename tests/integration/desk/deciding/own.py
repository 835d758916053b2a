"""What the desk asks for itself, answered and carried out as page, shell and porter do it."""

from collections.abc import Mapping

from sqlalchemy import text

from checkpoints.actions import deciding
from checkpoints.core.model import Person, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.errands import Errand
from tests.stage.desks import Office
from to_tools.doers import DOERS

PROMISED = text("""
    select id, kind, key, body, version, tries from desk.errand
    where kind = 'adopt' and key = :key and done_at is null""")
NOTHING: Mapping[str, str] = {}


def approve(office: Office, person: Person, point: Checkpoint, fields: Mapping[str, str] = NOTHING) -> Checkpoint:
    """A yes to what it is now; the person's factor was proven before."""
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE, fields)
    return deciding.answer(office.desk, person, press)


def promised(office: Office, point: Checkpoint) -> Errand | None:
    """The errand that an approval of it left, and that nobody carried."""
    with office.desk.transaction() as tx:
        row = tx.execute(PROMISED, {"key": str(point.id)}).one_or_none()
    return Errand(*row) if row else None


def carry_out(office: Office, point: Checkpoint) -> Checkpoint:
    """The porter carries what was approved; the checkpoint after that."""
    errand = promised(office, point)
    assert errand is not None
    DOERS["adopt"](office.desk, errand)
    return office.show(point)
