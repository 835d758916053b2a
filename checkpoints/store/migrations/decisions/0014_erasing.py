"""Personal data can be erased: since when somebody is off the desk, and who may say that they were erased."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

SQL = Path(__file__).parent / "sql" / "0014"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "erasing.sql").read_text(encoding="utf-8"))
