"""The indexes that let each look take as long among ten thousand waiting cases as among ten."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = Path(__file__).parent / "sql" / "0006"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "however_many_wait.sql").read_text(encoding="utf-8"))
