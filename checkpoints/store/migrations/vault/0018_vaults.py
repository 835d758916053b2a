"""Vaults: what holds a credential's users, when it ends by itself, and each value that it had."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"

SQL = Path(__file__).parent / "sql" / "0018"


def upgrade() -> None:
    """Runs each file as it stands, by the driver's own cursor, as 0001 does."""
    for name in ("credentials", "opening", "life", "made"):
        op.get_bind().connection.cursor().execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))
