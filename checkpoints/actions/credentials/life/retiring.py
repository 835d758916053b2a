"""An older value of a credential is retired once nobody has it any more, or a person says so; the vault forgets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions.credentials import forgetting
from checkpoints.actions.credentials.life import holding
from checkpoints.core.errors import IllegalMove
from checkpoints.core.model import Json, Person
from checkpoints.core.work.services.moving import still_on
from checkpoints.store import audit, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.secret import lives
from checkpoints.store.secret.lives import Older

ON_ITS_WAY = timedelta(minutes=5)
"""What was opened just before the newer value came is with its user by then."""
FOREVER = "This can't be undone: the vault forgets the older value at once, and nobody is handed it again."


@dataclass(frozen=True)
class Beside:
    """An older value that lies beside a newer one, and who may still have it."""

    older: Older
    users: tuple[str, ...]

    @property
    def words(self) -> str:
        """For people: one sentence."""
        who = (
            f"{', '.join(self.users)} still on version {self.older.number}: deploy again"
            if self.users
            else ("nobody has the older one, which is retired within minutes")
        )
        return f"two versions since {self.older.since:%Y-%m-%d}; {who}"


def beside(tx: Connection, case_id: UUID | None = None) -> list[Beside]:
    """Every older value of a case, or of all, with its users; the oldest first."""
    now = checkpoints.now(tx)
    return [Beside(each, still_on(lives.uses(tx, each.id), each.number, now)) for each in lives.older(tx, case_id)]


def retire_next(desk: Desk) -> bool:
    """Retires one value that nobody has any more; False when there is none."""
    with desk.transaction() as tx:
        now = checkpoints.now(tx)
        settled = [one for one in beside(tx) if not one.users and one.older.since + ON_ITS_WAY <= now]
        if not settled:
            return False
        _retire(tx, [settled[0].older], "the desk", "everybody moved to the newer one")
    return True


def retire(desk: Desk, person: Person, label: str) -> int:
    """A person says that the older values go now; how many went. Raises as `holding.living` does, and IllegalMove."""
    with desk.transaction() as tx:
        _, life = holding.living(tx, person, label, "Retire the older value of")
        found = [each for each in lives.older(tx, life.case_id) if each.id == life.id]
        if not found:
            raise IllegalMove(f"The credential of {label} has one value only: rotate it first. Nothing was changed.")
        _retire(tx, found, person.name, f"{person.name} said so")
        return len(found)


def _retire(tx: Connection, found: Sequence[Older], by: str, because: str) -> None:
    for each in found:
        gone = lives.retire(tx, [each.id], each.number)
        for path in gone:
            forgetting.forget_version(tx, path)
        body: dict[str, Json] = {"checkpoint": each.label, "service": each.service, "version": each.number}
        if gone:
            audit.append(tx, "credential version retired", body | {"by": by, "because": because})
