"""How a person proves who they are: recovery codes, a reset by two, passwords, tokens with a scope, names and mail."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

SQL = Path(__file__).parent / "sql" / "0012"


def upgrade() -> None:
    """Runs the file as it stands, by the driver's own cursor, as 0001 does."""
    op.get_bind().connection.cursor().execute((SQL / "accounts.sql").read_text(encoding="utf-8"))
