"""Agents from outside: whom they work for, the tokens that they ask by, and what they asked under which key."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0018"

SQL = Path(__file__).parent / "sql" / "0021"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "agents.sql").read_text(encoding="utf-8"))
