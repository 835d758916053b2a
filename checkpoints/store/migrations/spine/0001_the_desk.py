"""The desk: its tables, the functions that the asker may call, and who may do what."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).parent / "sql" / "0001"


def upgrade() -> None:
    """Runs the files as they stand; the driver's own cursor, for colons and percents are SQL's here."""
    cursor = op.get_bind().connection.cursor()
    for name in ("tables.sql", "functions.sql", "reads.sql", "grants.sql"):
        cursor.execute((SQL / name).read_text(encoding="utf-8"))
