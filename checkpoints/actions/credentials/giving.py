"""A person gives a credential: its values go to the vault, and giving them is the approval, decided as any other.

Rule: the vault first, the decision second; whatever lies in the vault without a decision is forgotten again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import Connection

from checkpoints.actions import deciding, finding
from checkpoints.actions.credentials import forgetting
from checkpoints.actions.deciding import Handover, Press
from checkpoints.core import fields
from checkpoints.core.authority import counts, may_approve
from checkpoints.core.errors import Countersign, IllegalMove, Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Field, Json, Person, Verdict
from checkpoints.core.ports import Credentials
from checkpoints.core.shown.story import how_it_stands
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services import shapes
from checkpoints.core.work.services.asking import KIND, ONCE, USES, WHILE_IT_LIVES, asked_of
from checkpoints.core.work.services.handing import UNRESTRICTED, Restrictions
from checkpoints.core.work.services.made import Key
from checkpoints.credentials import contents
from checkpoints.store import audit, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.secret import credentials

AT_MOST = timedelta(minutes=5)
"""Between the vault and the decision; after that an undecided value is forgotten."""
SERVICE = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?")
STRAIGHT, IN_MEMORY, EXISTING = "straight to the vault", "through this desk's memory", "it lay in the vault already"
LEASED, MADE = "the vault makes it anew at each opening", "this desk had it made by its service"
ASSUMED = "AWS makes it anew at each opening, for a role that the desk assumes"
"""Which way a value went, or that it went none."""


@dataclass(frozen=True)
class Lying:
    """Where a credential's secret fields lie, which way they got there, and what its users are to be held to."""

    path: str
    secret: tuple[str, ...]
    way: str = IN_MEMORY
    held: Restrictions = UNRESTRICTED
    key: Key | None = None

    @property
    def origin(self) -> str:
        """As its row says it."""
        return {EXISTING: "existing", LEASED: "lease", ASSUMED: "lease", MADE: "made"}.get(self.way, "given")


def give(
    desk: Desk,
    person: Person,
    press: Press,
    values: Mapping[str, str],
    sure: bool = False,
    held: Restrictions = UNRESTRICTED,
) -> Checkpoint:
    """The checkpoint, approved. `values` are all its fields, secret and plain; a message never repeats one.

    `sure`: the person says that a value is right though it doesn't look so. `held`: what its users are held to, as far
    as that is narrower than what was asked. Raises IllegalMove, NotYourCall, Refused (nothing was kept), Unavailable.
    """
    point = may_give(desk, person, press, KIND)
    secret, plain = checked(desk, point, values, sure)
    return hand_over(desk, person, press, point, secret, plain, held)


def may_give(desk: Desk, person: Person, press: Press, kind: str) -> Checkpoint:
    """The checkpoint, looked at before anything is put into the vault; deciding looks again."""
    if press.verdict is not Verdict.APPROVE:
        raise Refused("To give is to approve. Nothing was recorded.")
    with desk.transaction() as tx:
        point, standing = finding.pressed(tx, press.checkpoint, person)
    if point.state is not State.OPEN:
        raise IllegalMove(f"{how_it_stands(point)} What you gave was not kept.")
    counts(point, person, standing)
    if point.kind != kind or not fields.secrets_of(point.request.fields):
        raise Refused(f"{point.label} asks for no credential. Nothing was kept.")
    may_approve(point, person, standing)
    if len(point.roles_to_come) != 1:
        raise Refused(f"{point.label} needs several approvals: a credential is given with the only one.")
    return point


def checked(
    desk: Desk, point: Checkpoint, values: Mapping[str, str], sure: bool
) -> tuple[dict[str, str], dict[str, str]]:
    """(secret, plain) values, each looked at. Raises Refused in words that repeat none of them."""
    declared = point.request.fields
    _only(declared, values)
    for field in declared:
        shapes.check(field, values.get(field.name, ""), sure)
    if not sure and any(field.shape in contents.LOOKED_INTO for field in declared):
        with desk.transaction() as tx:
            now = checkpoints.now(tx)
        contents.doubt(declared, values, now)
    secret = {field.name for field in fields.secrets_of(declared)}
    names = [field.name for field in declared]
    return {name: values[name] for name in names if name in secret}, {
        name: values[name] for name in names if name not in secret
    }


def checked_plain(point: Checkpoint, values: Mapping[str, str], sure: bool) -> dict[str, str]:
    """The plain values, where the secret ones go another way. Raises Refused, also where one of those came along."""
    plain = tuple(field for field in point.request.fields if field not in fields.secrets_of(point.request.fields))
    _only(plain, values)
    for field in plain:
        shapes.check(field, values.get(field.name, ""), sure)
    return {field.name: values[field.name] for field in plain}


def hand_over(
    desk: Desk,
    person: Person,
    press: Press,
    point: Checkpoint,
    secret: Mapping[str, str],
    plain: Mapping[str, str],
    held: Restrictions = UNRESTRICTED,
) -> Checkpoint:
    """Into the vault, then decided; when it is not decided, out of the vault again."""
    path, narrowed = new_path(point), narrowed_of(point, held)
    vault = vault_of(desk)
    approved_use(point)
    forgetting.promise(desk, path, AT_MOST)
    vault.put(path, secret)
    return decide(desk, person, press, plain, Lying(path, tuple(secret), held=narrowed))


def decide(
    desk: Desk,
    person: Person,
    press: Press,
    plain: Mapping[str, str],
    lying: Lying,
    claim: Callable[[Connection], None] | None = None,
) -> Checkpoint:
    """What lies there is given with the decision; without one it is taken back, unless it lay there before.

    `claim`: a last look in the deciding transaction, which may raise Refused.
    """

    def write(tx: Connection, after: Checkpoint) -> None:
        if claim is not None:
            claim(tx)
        service, opens = approved_use(after)
        rotates = desk.rotation.after(after.kind, service, lying.origin)
        given = credentials.Given(service, lying.path, opens, lying.held, lying.origin, rotates, lying.key)
        credentials.add(tx, after, person, given)
        body: dict[str, Json] = {"checkpoint": after.label, "service": service, "fields": ", ".join(lying.secret)}
        body |= {"by": person.name, "went": lying.way, "held": lying.held.words}
        audit.append(tx, "credential given", body)

    references = dict.fromkeys(lying.secret, f"vault:{lying.path}")
    given = Press(press.checkpoint, press.revision, press.digest, Verdict.APPROVE, dict(plain), press.note)
    try:
        return deciding.answer(desk, person, given, Handover(references, write))
    except Countersign as why:
        if lying.way not in (EXISTING, LEASED, ASSUMED):
            take_back(desk, lying.path, why)
        raise


def take_back(desk: Desk, path: str, why: Countersign) -> None:
    """Nobody can say of an Unavailable whether it was recorded: the promised errand looks later."""
    if isinstance(why, Unavailable):
        return
    # Where the vault is away just now, the promised errand forgets it within minutes.
    with suppress(Unavailable):
        vault_of(desk).forget(path)


def narrowed_of(point: Checkpoint, held: Restrictions) -> Restrictions:
    """What was asked and what the giver says, together. Raises Refused for what is wider: nothing was kept."""
    return asked_of(point.request.subject.parameters).narrowed(held)


def new_path(point: Checkpoint) -> str:
    """Where nothing lies yet, and nobody can guess."""
    return f"{forgetting.OURS}{point.case}/{point.number}/{uuid4()}"


def approved_use(point: Checkpoint) -> tuple[str, dict[str, str]]:
    """(service, purpose by how long it lasts), as the subject says: it is what the approval names."""
    subject = point.request.subject.parameters
    service = str(subject.get("service", ""))
    opens = {purpose: str(subject[f"opens_for_{purpose}"]) for purpose in USES if f"opens_for_{purpose}" in subject}
    if not SERVICE.fullmatch(service) or not opens or not set(opens.values()) <= {ONCE, WHILE_IT_LIVES}:
        raise Refused(f"{point.label} doesn't say which service's credential it is, or what it is for. Reject it.")
    return service, opens


def vault_of(desk: Desk) -> Credentials:
    """Raises Unavailable where this process has none."""
    if desk.credentials is None:
        raise Unavailable("This process has no vault. Nothing was kept.")
    return desk.credentials


def _only(declared: Sequence[Field], values: Mapping[str, str]) -> None:
    names = [field.name for field in declared]
    if unknown := [name for name in values if name not in names]:
        raise Refused(f"{len(unknown)} of the fields given are not asked here; they are: {', '.join(names)}.")
