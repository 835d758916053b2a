"""The desk's own checkpoints; roles with a scope, an end and networks."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

SQL = Path(__file__).parent / "sql" / "0009"


def upgrade() -> None:
    """Runs the files as they stand, by the driver's own cursor, as 0001 does."""
    for name in ("own.sql", "roles.sql"):
        op.get_bind().connection.cursor().execute((SQL / name).read_text(encoding="utf-8"))
