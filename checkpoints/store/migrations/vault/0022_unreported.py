"""Agents that never report: the desk ends what they began."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"

SQL = Path(__file__).parent / "sql" / "0022"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "unreported.sql").read_text(encoding="utf-8"))
