"""Links that a client answers by, and the codes that go to a second address."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"

SQL = Path(__file__).parent / "sql" / "0011"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "links.sql").read_text(encoding="utf-8"))
