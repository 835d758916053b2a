"""Many questions at once: which are told together, what was shown to whom, how much a person answers in a day."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"

SQL = Path(__file__).parent / "sql" / "0013"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "many_at_once.sql").read_text(encoding="utf-8"))
