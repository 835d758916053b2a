"""A person narrows what holds a credential's users: fewer places, fewer minutes, fewer uses. It can't be widened again.

Rule: it holds for whatever is handed over from now on, and what was handed over before is closed.
"""

from checkpoints.actions.credentials import forgetting
from checkpoints.actions.credentials.life import holding
from checkpoints.core.errors import Refused
from checkpoints.core.model import Person
from checkpoints.core.work.services.handing import UNRESTRICTED, Restrictions
from checkpoints.store import audit
from checkpoints.store.desk import Desk
from checkpoints.store.secret import lives

FOREVER = "This can't be undone: wider again is asked anew. What was handed over so far is closed."


def narrow(desk: Desk, person: Person, label: str, by: Restrictions) -> Restrictions:
    """What holds its users from now on; minutes count from now, and never end it later than it would.

    Raises as `holding.living` does, and Refused for what is wider than it was, or nothing new.
    """
    with desk.transaction() as tx:
        _, life = holding.living(tx, person, label, "Narrow")
        narrowed = life.restrictions.narrowed(by)
        if by == UNRESTRICTED or narrowed == life.restrictions:
            raise Refused(f"That narrows nothing: it is good {life.restrictions.words} already. Nothing was changed.")
        lives.narrow(tx, life, narrowed, by.minutes)
        forgetting.close_grants(tx, life.id)
        said = {"checkpoint": life.label, "service": life.service, "by": person.name}
        audit.append(tx, "credential narrowed", said | {"was": life.restrictions.words, "is": narrowed.words})
        return narrowed
