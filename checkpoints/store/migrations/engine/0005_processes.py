"""What says that it is alive, and the indexes that let the desk be measured however much waits at it."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"

SQL = Path(__file__).parent / "sql" / "0005"


def upgrade() -> None:
    """Runs the files as they stand, by the driver's own cursor, as 0001 does."""
    cursor = op.get_bind().connection.cursor()
    for name in ("processes.sql", "figures.sql"):
        cursor.execute((SQL / name).read_text(encoding="utf-8"))
