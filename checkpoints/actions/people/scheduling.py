"""When people work, how much, and who is asked only as a backup: by this deadlines are counted, and who hears when."""

from checkpoints import calendars
from checkpoints.actions.people import naming
from checkpoints.core.clock.hours import Hours
from checkpoints.core.errors import Refused
from checkpoints.core.model import Json, Person
from checkpoints.store import audit, checkpoints, people
from checkpoints.store.desk import Desk
from checkpoints.store.work.many import attention

MOST_A_DAY = 10_000


def set_hours(desk: Desk, by: Person, name: str, hours: Hours | None) -> str:
    """Their name. None takes their own away: the settings' count, and where there are none, they work round the clock.

    What is open keeps the deadline that it has. Raises Refused when the calendar can't be read, as it is now;
    otherwise as `reaching.set_email` does.
    """
    with desk.transaction() as tx:
        found = naming.theirs(tx, by, name, "when another works", "When somebody works")
        if hours is not None:
            calendars.working_time(hours, checkpoints.now(tx))
        people.set_hours(tx, found.id, hours)
        said: dict[str, Json] = {"hours": str(hours)} if hours else {}
        audit.append(tx, "working time set" if hours else "working time taken away", naming.line(found, by) | said)
        return found.name


def set_backup(desk: Desk, by: Person, name: str, backup: bool) -> str:
    """Their name. A backup hears of a question only when it was not decided by its deadline; they may answer before.

    Raises as `reaching.set_email` does, and Refused for who has no role.
    """
    with desk.transaction() as tx:
        found = naming.theirs(tx, by, name, "who is the backup", "Who is the backup")
        if backup and not found.roles:
            raise Refused(f"{found.name} has no role, so there is nothing to be the backup of. Nothing was changed.")
        people.set_backup(tx, found.id, backup)
        audit.append(tx, "backup named" if backup else "backup no longer", naming.line(found, by))
        return found.name


def set_most(desk: Desk, by: Person, name: str, most: int | None) -> str:
    """Their name. Once they answered so much in 24 hours, others are asked first, where there are any; None: no limit.

    They may answer all the same. Raises Refused for a number that is none, and as `reaching.set_email` does.
    """
    if most is not None and not 1 <= most <= MOST_A_DAY:
        raise Refused(f"{most} answers a day: right would be 1 to {MOST_A_DAY:,}. Nothing was changed.")
    with desk.transaction() as tx:
        found = naming.theirs(tx, by, name, "how much another answers", "How much somebody answers")
        attention.set_most(tx, found.id, most)
        said: dict[str, Json] = {"most": most} if most else {}
        audit.append(tx, "most answers a day set" if most else "no most answers a day", naming.line(found, by) | said)
        return found.name
