"""A credential is given without passing this process: the person's side writes it to the vault, or it lies there.

Rule: whatever is written is promised to be forgotten first; the desk looks at names, never at a value.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.credentials import assuming, forgetting, giving
from checkpoints.actions.credentials.forgetting import OURS
from checkpoints.actions.credentials.giving import ASSUMED, EXISTING, LEASED, STRAIGHT, Lying
from checkpoints.actions.deciding import Press
from checkpoints.core.errors import Countersign, IllegalMove, Refused
from checkpoints.core.fields import secrets_of
from checkpoints.core.model import Person
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import KIND
from checkpoints.core.work.services.assumed import USER, is_role
from checkpoints.core.work.services.handing import LEASED as LEASED_FIELDS
from checkpoints.core.work.services.handing import UNRESTRICTED, Door, Grant, Restrictions, is_lease
from checkpoints.store import checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.secret import credentials

DOOR_LASTS = timedelta(minutes=2)
SPARE = timedelta(minutes=1)
"""Before it would be forgotten, so that nothing is decided about what the vault is just losing."""
PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}){0,9}")


@dataclass(frozen=True)
class Entrance:
    """A door that was opened, and where what is written through it lies."""

    path: str
    door: Door


def open_door(desk: Desk, person: Person, press: Press, held: Restrictions = UNRESTRICTED) -> Entrance | None:
    """Where the person's side may write, once, within minutes; None where the vault has no such door.

    Raises as giving does: whoever may not give gets none.
    """
    return _open(desk, giving.may_give(desk, person, press, KIND), press, held)


def entrance(desk: Desk, point: Checkpoint) -> Entrance | None:
    """For a value of this question, promised to be forgotten; None where the vault has no door. The caller looked
    whether this person may."""
    vault, path = giving.vault_of(desk), giving.new_path(point)
    if not vault.origin:
        return None
    forgetting.promise(desk, path, giving.AT_MOST)
    door = vault.door(path, DOOR_LASTS)
    return Entrance(path, door) if door else None


def given_there(
    desk: Desk,
    person: Person,
    press: Press,
    path: str,
    plain: Mapping[str, str],
    *,
    sure: bool = False,
    held: Restrictions = UNRESTRICTED,
) -> Checkpoint:
    """The checkpoint, approved, once just its secret fields lie at `path`; they are forgotten when it isn't.

    Raises as giving does.
    """
    claim(desk, press.checkpoint, path)
    try:
        point = giving.may_give(desk, person, press, KIND)
        narrowed, values = giving.narrowed_of(point, held), giving.checked_plain(point, plain, sure)
        lying = Lying(path, just_these(desk, point, path), STRAIGHT, narrowed)
    except Countersign as why:
        giving.take_back(desk, path, why)
        raise
    return giving.decide(desk, person, press, values, lying)


def give(
    desk: Desk,
    person: Person,
    press: Press,
    values: Mapping[str, str],
    write: Callable[[Door, Mapping[str, str]], None],
    *,
    sure: bool = False,
    held: Restrictions = UNRESTRICTED,
) -> Checkpoint:
    """The same in one go, by whoever is the person's side themselves: `write` goes through the door.

    Through this process's memory where there is none. Who may is looked at once before anything is written, and again
    in the deciding transaction, as is whether it took too long. Raises as giving does.
    """
    point = giving.may_give(desk, person, press, KIND)
    secret, plain = giving.checked(desk, point, values, sure)
    entered = _open(desk, point, press, held)
    if entered is None:
        return giving.hand_over(desk, person, press, point, secret, plain, held)
    path = entered.path
    try:
        write(entered.door, secret)
        lying = Lying(path, just_these(desk, point, path), STRAIGHT, giving.narrowed_of(point, held))
    except Countersign as why:
        giving.take_back(desk, path, why)
        raise
    # Nobody else knows the path: what is claimed with the decision is claimed once.
    return giving.decide(desk, person, press, plain, lying, lambda tx: claim_in(tx, point.label, path))


def give_existing(
    desk: Desk,
    person: Person,
    press: Press,
    path: str,
    plain: Mapping[str, str],
    *,
    sure: bool = False,
    held: Restrictions = UNRESTRICTED,
) -> Checkpoint:
    """The checkpoint, approved: its credential is what lies at `path` already, which is neither written nor deleted;
    or, where an engine of the vault makes logins, or it is a role at AWS, the one that is made anew at each opening.

    Raises as giving does; Refused for a path where something else lies, or that a user could not open.
    """
    point = giving.may_give(desk, person, press, KIND)
    if is_role(path):
        values, lying = _role(desk, point, path, plain, sure, giving.narrowed_of(point, held))
        return giving.decide(desk, person, press, values, lying)
    vault = giving.vault_of(desk)
    if not vault.origin:
        raise Refused("path: in the embedded vault lies nothing but what was given here. Give the value itself.")
    if not PATH.fullmatch(path) or path.startswith(OURS):
        raise Refused(
            f"path: this is no path of your own in the vault (right would be team/sendgrid; {OURS}… is the desk's). "
            "Nothing was kept."
        )
    narrowed, brought = giving.narrowed_of(point, held), _brought(point, path)
    if typed := [name for name in brought if plain.get(name)]:
        raise Refused(f"{typed[0]}: the vault makes it anew each time: leave it empty. Nothing was kept.")
    values = giving.checked_plain(point, {**plain, **brought}, sure)
    lying = Lying(path, just_these(desk, point, path, brought), LEASED if is_lease(path) else EXISTING, narrowed)
    vault.opens(Grant(point.id, path, narrowed))
    return giving.decide(desk, person, press, values, lying)


def _open(desk: Desk, point: Checkpoint, press: Press, held: Restrictions) -> Entrance | None:
    """A door for who may give just this. Raises IllegalMove, Refused, Unavailable."""
    if (press.revision, press.digest) != (point.revision, point.digest):
        raise IllegalMove(f"{point.label} was changed. Nothing was given. Look at it again.")
    giving.narrowed_of(point, held)
    giving.approved_use(point)
    return entrance(desk, point)


def _role(
    desk: Desk, point: Checkpoint, path: str, plain: Mapping[str, str], sure: bool, held: Restrictions
) -> tuple[dict[str, str], Lying]:
    """What is decided then, once it was assumed for a trial. Raises Refused, Unavailable."""
    if plain.get(USER):
        raise Refused(f"{USER}: a role is assumed, and no user's key made: leave it empty. Nothing was kept.")
    asked = {field.name for field in point.request.fields if field not in secrets_of(point.request.fields)}
    brought = {USER: f"vault:{path}"} if USER in asked else {}
    # Where it comes from is no user's name, and is meant.
    values = giving.checked_plain(point, {**plain, **brought}, sure or asked == set(brought))
    return values, Lying(path, assuming.try_once(desk, point, path, held), ASSUMED, held)


def claim(desk: Desk, checkpoint: UUID, path: str) -> None:
    """As `claim_in`, before anything is looked at."""
    with desk.transaction() as tx:
        claim_in(tx, finding.again(tx, checkpoint).label, path)


def claim_in(tx: Connection, label: str, path: str) -> None:
    """Once: a second press with the same decides nothing, and takes nothing back.

    Raises Refused for a path that no door of this question led to, or that did too long ago.
    """
    until = credentials.claim(tx, path) if path.startswith(f"{OURS}{label}/") else None
    now = checkpoints.now(tx)
    if until is None or now > until - SPARE:
        raise Refused(
            "This was sent before, took too long, or went elsewhere. Nothing was recorded of it now. Look how it "
            "stands, and give it again."
        )


def _brought(point: Checkpoint, path: str) -> dict[str, str]:
    """The plain fields that a lease fills, each with where it comes from."""
    secret = secrets_of(point.request.fields)
    plain = [field.name for field in point.request.fields if field not in secret]
    return {name: f"vault:{path}" for name in LEASED_FIELDS if name in plain} if is_lease(path) else {}


def just_these(desk: Desk, point: Checkpoint, path: str, beside: Collection[str] = ()) -> tuple[str, ...]:
    """The secret fields, which lie there and nothing `beside` them but these. Raises Refused."""
    asked = tuple(field.name for field in secrets_of(point.request.fields))
    found = giving.vault_of(desk).names(path)
    if sorted(found) != sorted([*asked, *beside]):
        raise Refused(
            f"path: in the vault lie {len(found)} fields there, and asked are just these: {', '.join(asked)}. "
            "Nothing was recorded."
        )
    return asked
