"""A credential gets another value, which lies beside the one before until everybody who has that one has moved.

Rule: as when one is given: by the vault's door where it has one, there first, then recorded, or forgotten again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding, withdrawing
from checkpoints.actions.credentials import entrusting, forgetting, giving
from checkpoints.actions.credentials.entrusting import Entrance
from checkpoints.actions.credentials.giving import MADE, STRAIGHT, Lying
from checkpoints.actions.credentials.life import holding
from checkpoints.core import fields
from checkpoints.core.errors import Countersign, IllegalMove, Refused
from checkpoints.core.model import Actor, Asker, Json, Person
from checkpoints.core.view import OWN, Checkpoint
from checkpoints.core.work.services import asking, shapes
from checkpoints.core.work.services.handing import Door
from checkpoints.core.work.services.made import Key, key_of
from checkpoints.core.work.services.rotation import OURS
from checkpoints.credentials import contents
from checkpoints.store import audit, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.secret import lives
from checkpoints.store.secret.lives import Life

KIND = "rotation"
Maker = Callable[[Desk, Checkpoint, Life], Mapping[str, str]]
"""Makes another value where an API can: all secret fields by name, for the vault alone. Raises Unavailable, Refused."""
Makers = Mapping[tuple[str, str], Maker]
"""By a credential's origin and service; where there is none, a person makes it."""
BESIDE = (
    "What is handed out from now on is the new value. The one before stays valid until each that has it was handed the "
    "new one, or a person retires it: deploy again what is served with it, and end the old key at its service then."
)


def may_rotate(desk: Desk, person: Person, label: str) -> tuple[Checkpoint, Life]:
    """What is to be given anew: the request's secret fields. Raises as `holding.living` does, and Refused."""
    with desk.transaction() as tx:
        return _rotatable(tx, person, label)


def rotate(
    desk: Desk,
    person: Person,
    label: str,
    values: Mapping[str, str],
    sure: bool = False,
    *,
    seen: int | None = None,
    write: Callable[[Door, Mapping[str, str]], None] | None = None,
) -> Life:
    """The credential with its next version. `values` are its secret fields; the plain ones stay as they were approved.

    `sure`: a value is right though it doesn't look so. `seen`: the version that they saw. `write` goes through the
    vault's door, where there is one: by whoever is the person's side themselves. Raises as `may_rotate` does, and
    IllegalMove when another rotated it; a message repeats no value.
    """
    point, life = may_rotate(desk, person, label)
    _unmoved(life, seen or life.version)
    declared = fields.secrets_of(point.request.fields)
    if set(values) != {field.name for field in declared}:
        asked = ", ".join(field.name for field in declared)
        raise Refused(f"What is given anew are its secret fields: {asked}. Nothing was kept.")
    for field in declared:
        shapes.check(field, values[field.name], sure)
    if not sure:
        with desk.transaction() as tx:
            now = checkpoints.now(tx)
        contents.doubt(declared, values, now)
    lying = _written(desk, point, values, write) if write else _put(desk, point, values)
    lying = replace(lying, key=_key(point, life, values))
    return _kept(desk, point, life.version, lying, person.id, person, lambda tx: _rotatable(tx, person, label)[1])


def open_door(desk: Desk, person: Person, label: str, seen: int) -> Entrance | None:
    """Where the person's side may write the next value, once, within minutes; None where there is no such door.

    `seen`: the version that they saw. Raises as rotating does: whoever may not rotate gets none.
    """
    point, life = may_rotate(desk, person, label)
    _unmoved(life, seen)
    return entrusting.entrance(desk, point) if by_door(life) else None


def rotated_there(desk: Desk, person: Person, label: str, seen: int, path: str) -> Life:
    """The credential with its next version, once just its secret fields lie at `path`; else they are forgotten.

    Raises as rotating does.
    """
    with desk.transaction() as tx:
        checkpoint = finding.labelled(tx, label).id
    entrusting.claim(desk, checkpoint, path)
    try:
        point, life = may_rotate(desk, person, label)
        if not by_door(life):
            raise Refused(f"Which key of {life.service} it is the desk has to see: give the value itself.")
        lying = Lying(path, entrusting.just_these(desk, point, path), STRAIGHT)
    except Countersign as why:
        giving.take_back(desk, path, why)
        raise
    return _kept(desk, point, seen, lying, person.id, person, lambda tx: _rotatable(tx, person, label)[1])


def by_door(life: Life) -> bool:
    """Whether its next value may go without this process: not where the desk is to end that key at its service."""
    return life.origin != "made"


def rotate_by(desk: Desk, maker: Maker, life: Life, given_by: UUID) -> Life:
    """The same where an API makes it, for the desk's calendar. Raises what the maker raises."""
    with desk.transaction() as tx:
        point = finding.again(tx, life.checkpoint_id)
    values = maker(desk, point, life)

    def held(tx: Connection) -> Life:
        found = lives.held(tx, point.id)
        if found is None or found.ended_at is not None:
            raise IllegalMove(f"The credential of {point.label} ended meanwhile. What was made is not kept.")
        return found

    lying = replace(_put(desk, point, values), way=MADE, key=_key(point, life, values))
    return _kept(desk, point, life.version, lying, given_by, Asker(OWN), held)


def _rotatable(tx: Connection, person: Person, label: str) -> tuple[Checkpoint, Life]:
    point, life = holding.living(tx, person, label, "Rotate")
    if point.kind != asking.KIND:
        raise Refused(f"{label} was a consent, which is renewed by another consent: revoke it, and ask anew.")
    if life.origin not in OURS:
        where = "others keep it in the vault" if life.origin == "existing" else "it is made anew at each opening"
        raise Refused(f"The credential of {label} is rotated where it comes from: {where}. Nothing was changed.")
    return point, life


def _unmoved(life: Life, seen: int) -> None:
    """Raises IllegalMove."""
    if life.version != seen:
        raise IllegalMove(f"{life.label} was rotated by another meanwhile. What you gave was not kept.")


def _put(desk: Desk, point: Checkpoint, values: Mapping[str, str]) -> Lying:
    """Through this process's memory."""
    path = giving.new_path(point)
    forgetting.promise(desk, path, giving.AT_MOST)
    forgetting.vault_of(desk).put(path, values)
    return Lying(path, tuple(values))


def _written(
    desk: Desk, point: Checkpoint, values: Mapping[str, str], write: Callable[[Door, Mapping[str, str]], None]
) -> Lying:
    """Through the vault's door, where it has one."""
    entrance = entrusting.entrance(desk, point)
    if entrance is None:
        return _put(desk, point, values)
    try:
        write(entrance.door, values)
        entrusting.claim(desk, point.id, entrance.path)
        return Lying(entrance.path, entrusting.just_these(desk, point, entrance.path), STRAIGHT)
    except Countersign as why:
        giving.take_back(desk, entrance.path, why)
        raise


def _kept(
    desk: Desk,
    point: Checkpoint,
    seen: int,
    lying: Lying,
    given_by: UUID,
    by: Actor,
    again: Callable[[Connection], Life],
) -> Life:
    """What lies there is the next version; where it isn't, it is taken back."""
    try:
        with desk.transaction() as tx:
            now = again(tx)
            _unmoved(now, seen)
            return _recorded(tx, desk, point, now, lying, given_by, by)
    except Countersign as why:
        giving.take_back(desk, lying.path, why)
        raise


def _key(point: Checkpoint, life: Life, values: Mapping[str, str]) -> Key | None:
    """Which one it is at its service, where the desk has it made and ends it."""
    plain = point.decision.fields if point.decision else {}
    return key_of(life.service, plain, values) if life.origin == "made" else None


def _recorded(
    tx: Connection,
    desk: Desk,
    point: Checkpoint,
    life: Life,
    lying: Lying,
    given_by: UUID,
    by: Actor,
) -> Life:
    who = by.name if isinstance(by, Person) else "the desk"
    rotates = desk.rotation.after(point.kind, life.service, life.origin)
    lives.add_version(tx, life, lying.path, given_by, rotates, lying.key)
    for id in lives.asked(tx, KIND, life.label):
        because = f"{who} rotated it: version {life.version + 1}"
        withdrawing.withdraw_in(tx, finding.locked(tx, id), by, because)
    body: dict[str, Json] = {"checkpoint": life.label, "service": life.service, "version": life.version + 1}
    audit.append(tx, "credential rotated", body | {"by": who, "went": lying.way})
    after = lives.held(tx, point.id)
    assert after is not None
    return after
