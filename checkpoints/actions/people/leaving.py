"""People are away for a while: others are told in their place. Nobody gets a role by it, and nobody loses one."""

from dataclasses import dataclass
from datetime import date, datetime, time

from checkpoints.actions.people import naming
from checkpoints.core.clock.hours import zoned
from checkpoints.core.clock.working import DAY
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.model import Json, Person
from checkpoints.store import audit, checkpoints, people
from checkpoints.store.desk import Desk
from checkpoints.store.people import Listed

LONGEST = 400 * DAY
WHAT, ABOUT = "who is away", "Who is away"


@dataclass(frozen=True)
class Away:
    """Who is away from when until when, and who is told in their place: by name, empty for the others of the role."""

    name: str
    starts: datetime
    ends: datetime
    stand_in: str


def leave(desk: Desk, by: Person, name: str, first: date, last: date, stand_in: str = "") -> Away:
    """Away from the first day to the last, both whole days where they work; instead of what was said before.

    `stand_in` is told in their place where their own answer would count; else the others of the role are.
    Raises Refused for the days or for a stand-in who is none, and as `reaching.set_email` does.
    """
    with desk.transaction() as tx:
        found = naming.theirs(tx, by, name, WHAT, ABOUT)
        instead = naming.another(tx, stand_in, found) if stand_in.strip() else None
        starts, ends = _days(desk, found, first, last)
        if ends <= checkpoints.now(tx) or starts >= ends or ends - starts > LONGEST:
            raise Refused(
                f"From {first} to {last}: the last day is over, before the first, or over a year after it. "
                "Nothing was changed."
            )
        people.set_absence(tx, found.id, starts, ends, instead.id if instead else None)
        said: dict[str, Json] = {"from": starts.isoformat(), "until": ends.isoformat()}
        audit.append(tx, "away", naming.line(found, by) | said | {"instead": instead.name if instead else ""})
        return Away(found.name, starts, ends, instead.name if instead else "")


def come_back(desk: Desk, by: Person, name: str) -> str:
    """Their name. Raises IllegalMove when they are here, and no absence is to come; otherwise as `leave` does."""
    with desk.transaction() as tx:
        found = naming.theirs(tx, by, name, WHAT, ABOUT)
        if not people.end_absence(tx, found.id):
            raise IllegalMove(f"{found.name} is not away. Nothing was changed.")
        audit.append(tx, "back", naming.line(found, by))
        return found.name


def _days(desk: Desk, of: Listed, first: date, last: date) -> tuple[datetime, datetime]:
    """The days are those of where they work; nothing known of that, UTC's."""
    hours = of.hours or desk.working
    zone = zoned(hours.zone if hours else "UTC")
    try:
        return datetime.combine(first, time(), zone), datetime.combine(last + DAY, time(), zone)
    except OverflowError:
        raise Refused(f"{last} is no day that anybody is away. Nothing was changed.") from None
