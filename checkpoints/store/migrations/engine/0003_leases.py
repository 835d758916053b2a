"""Leases of runs at work."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).parent / "sql" / "0003"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "leases.sql").read_text(encoding="utf-8"))
