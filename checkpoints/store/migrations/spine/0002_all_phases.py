"""All phases of a delivery: the plan and its branches, arrivals, evidence, credentials, second factors."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = Path(__file__).parent / "sql" / "0002"


def upgrade() -> None:
    """Runs the files as they stand, by the driver's own cursor, as 0001 does."""
    cursor = op.get_bind().connection.cursor()
    for name in ("plan.sql", "waits.sql", "evidence.sql", "credentials.sql", "factors.sql"):
        cursor.execute((SQL / name).read_text(encoding="utf-8"))
