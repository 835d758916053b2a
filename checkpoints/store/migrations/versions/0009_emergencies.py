"""Decisions in an emergency, past the rule."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

SQL = Path(__file__).parent.parent / "sql_0009"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "emergencies.sql").read_text(encoding="utf-8"))
