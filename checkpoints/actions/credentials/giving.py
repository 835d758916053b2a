"""A person gives a credential: its values go to the vault, and giving them is the approval, decided as any other.

Rule: the vault first, the decision second; whatever lies in the vault without a decision is forgotten again.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
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
from checkpoints.core.model import Field, Person, Verdict
from checkpoints.core.ports import Credentials
from checkpoints.core.shown.story import how_it_stands
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services import shapes
from checkpoints.store import audit
from checkpoints.store.desk import Desk
from checkpoints.store.secret import credentials

KIND = "api-credential"
AT_MOST = timedelta(minutes=5)
"""Between the vault and the decision; after that an undecided value is forgotten."""
SERVICE = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?")
PURPOSES = ("check", "deployment")
LASTS = ("once", "while the case lives")


def give(desk: Desk, person: Person, press: Press, values: Mapping[str, str], sure: bool = False) -> Checkpoint:
    """The checkpoint, approved. `values` are all its fields, secret and plain; a message never repeats one.

    `sure`: the person says that a value is right though it doesn't look so. Raises IllegalMove, NotYourCall,
    Refused (nothing was kept), Unavailable.
    """
    point = may_give(desk, person, press, KIND)
    secret, plain = _checked(point.request.fields, values, sure)
    return hand_over(desk, person, press, point, secret, plain)


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


def hand_over(
    desk: Desk, person: Person, press: Press, point: Checkpoint, secret: Mapping[str, str], plain: Mapping[str, str]
) -> Checkpoint:
    """Into the vault, then decided; when it is not decided, out of the vault again."""
    vault = _vault(desk)
    path = f"cases/{point.case}/{point.number}/{uuid4()}"
    service, opens = _approved_use(point)
    forgetting.promise(desk, path, AT_MOST)
    vault.put(path, secret)

    def write(tx: Connection, after: Checkpoint) -> None:
        rotates = desk.rotation.after(point.kind, service, "given")
        credentials.add(tx, after, person, credentials.Given(service, path, opens, rotates=rotates))
        body = {"checkpoint": after.label, "service": service, "fields": ", ".join(secret), "by": person.name}
        audit.append(tx, "credential given", body)

    references = dict.fromkeys(secret, f"vault:{path}")
    given = Press(press.checkpoint, press.revision, press.digest, Verdict.APPROVE, dict(plain), press.note)
    try:
        return deciding.answer(desk, person, given, Handover(references, write))
    except Countersign as why:
        _take_back(desk, vault, path, why)
        raise


def _take_back(desk: Desk, vault: Credentials, path: str, why: Countersign) -> None:
    """Nobody can say of an Unavailable whether it was recorded: the promised errand looks later."""
    if isinstance(why, Unavailable):
        return
    # Where the vault is away just now, the promised errand forgets it within minutes.
    with suppress(Unavailable):
        vault.forget(path)


def _checked(declared: Sequence[Field], values: Mapping[str, str], sure: bool) -> tuple[dict[str, str], dict[str, str]]:
    """(secret, plain) values. Raises Refused in words that repeat none of them."""
    names = [field.name for field in declared]
    if unknown := [name for name in values if name not in names]:
        raise Refused(f"{len(unknown)} of the fields given are not asked here; they are: {', '.join(names)}.")
    for field in declared:
        shapes.check(field, values.get(field.name, ""), sure)
    secret = {field.name for field in fields.secrets_of(tuple(declared))}
    return {name: values[name] for name in names if name in secret}, {
        name: values[name] for name in names if name not in secret
    }


def _approved_use(point: Checkpoint) -> tuple[str, dict[str, str]]:
    """(service, purpose by how long it lasts), as the subject says: it is what the approval names."""
    subject = point.request.subject.parameters
    service = str(subject.get("service", ""))
    opens = {purpose: str(subject[f"opens_for_{purpose}"]) for purpose in PURPOSES if f"opens_for_{purpose}" in subject}
    if not SERVICE.fullmatch(service) or not opens or not set(opens.values()) <= set(LASTS):
        raise Refused(f"{point.label} doesn't say which service's credential it is, or what it is for. Reject it.")
    return service, opens


def _vault(desk: Desk) -> Credentials:
    if desk.credentials is None:
        raise Unavailable("This process has no vault. Nothing was kept.")
    return desk.credentials
