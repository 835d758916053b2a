"""The first channel, mail: where a person is reached, what was told to whom, and the errands that promise it."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

SQL = Path(__file__).parent / "sql" / "0004"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute((SQL / "mail.sql").read_text(encoding="utf-8"))
