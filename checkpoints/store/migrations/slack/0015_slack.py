"""Slack: its workspace, who is who there, the cards that hang in it, and what came from it once."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"

SQL = Path(__file__).parent / "sql" / "0015"


def upgrade() -> None:
    """Runs the files as they stand, by the driver's own cursor, as 0001 does."""
    cursor = op.get_bind().connection.cursor()
    for name in ("who.sql", "cards.sql"):
        cursor.execute((SQL / name).read_text(encoding="utf-8"))
