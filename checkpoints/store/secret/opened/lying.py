"""What is in use and lies in the vault, and what is still to be done there: for who leaves it. Never a value."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

# A lease, and what lay there before, lies there as well.
LYING = text("""
    select desk.label(k.checkpoint_id) as label, k.service, v.vault_path
    from desk.credential k join desk.credential_version v on v.credential_id = k.id
    where k.ended_at is null and v.retired_at is null and v.vault_path <> all(:elsewhere)
    order by k.given_at, v.number""")
OWED = text("select count(*) from desk.errand where kind in ('forget', 'close') and done_at is null")


@dataclass(frozen=True)
class Lying:
    """A value that is in use, and where."""

    label: str
    service: str
    vault_path: str


def lying(tx: Connection, elsewhere: Sequence[str]) -> list[Lying]:
    """Every value in use, but for those at these paths; the longest first."""
    return [Lying(*row) for row in tx.execute(LYING, {"elsewhere": list(elsewhere)})]


def owed(tx: Connection) -> int:
    """How much is promised to be forgotten or closed there, and isn't yet."""
    count: int = tx.execute(OWED).scalar_one()
    return count
