"""Working time, absence and backups of people, and what is done while nobody answers."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

SQL = Path(__file__).parent / "sql" / "0008"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "time.sql").read_text(encoding="utf-8"))
