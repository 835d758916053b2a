"""Tokens as their person sees them: which way, for what, made, last used and until when; never the token itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

OF = text("""
    select id, way, scope, made_at, last_used_at, expires_at from desk.token
    where person_id = :person and ended_at is null and expires_at > desk.desk_now()
        and (way <> 'page' or coalesce(last_used_at, made_at) > desk.desk_now() - interval '12 hours')
    order by made_at desc""")
SHORT = 8


@dataclass(frozen=True)
class Token:
    """One sign-in of a person. `last_used_at` is true to the hour; None until an hour after it was made."""

    id: UUID
    way: str
    scope: str
    made_at: datetime
    last_used_at: datetime | None
    expires_at: datetime

    @property
    def short(self) -> str:
        """What to name it by."""
        return str(self.id)[:SHORT]


def of(tx: Connection, person: UUID) -> list[Token]:
    """Those that hold now, the newest first."""
    return [Token(**row._mapping) for row in tx.execute(OF, {"person": person})]
