"""An approval counts as long as what made it count holds; one person counts once; a decision may be an emergency."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"

SQL = Path(__file__).parent / "sql" / "0007"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "answers_that_stand.sql").read_text(encoding="utf-8"))
