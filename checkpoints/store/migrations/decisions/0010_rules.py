"""Rules that people adopt: versions of the matrix, pre-approvals and their uses, reviews."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"

SQL = Path(__file__).parent / "sql" / "0010"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "rules.sql").read_text(encoding="utf-8"))
