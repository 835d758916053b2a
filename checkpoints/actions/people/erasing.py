"""Somebody who left the desk is taken out of its rows and of the audit's lines; what they decided stays decided.

Rule: a line of the audit says what was taken out of which others, in the same transaction, and never names them.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from checkpoints.core import audit as chain
from checkpoints.core.audit import ERASED, Head, Line
from checkpoints.core.authority import decides_for
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.fields import check_note
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.work.erasure import Redaction, named_in, pseudonym
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.people import Listed
from checkpoints.store.secret import personal
from checkpoints.store.secret.anchors import Signer, checked
from checkpoints.store.secret.personal import Removed

AT_ONCE = 1000
"""Lines that one erasing line names: some 80 KB."""


@dataclass(frozen=True)
class Erased:
    """What they are called now, and how many rows and lines changed.

    `stays`: questions whose text has their name or an address; it is bound by a digest.
    """

    pseudonym: str
    rows: int
    lines: int
    stays: int


def look(owner: Desk, by: Person, name: str, because: str) -> Erased:
    """What `erase` would do, done and taken back. Raises as it does."""
    with owner.transaction() as tx:
        would = _erase(tx, owner, by, name, because)
        tx.rollback()
        return would


def erase(owner: Desk, by: Person, name: str, because: str) -> Erased:
    """Their name, addresses, working time and absences are gone for good. `owner` is the desk as its owner's login.

    Raises NotYourCall unless a technical operator asks, NeedsFactor unless they proved their second factor; IllegalMove
    for somebody who is here or was erased before, Refused for the reason, without such a person, or where the audit
    doesn't hold: an erasure would hide what was changed in it.
    """
    with owner.transaction() as tx:
        return _erase(tx, owner, by, name, because)


def _erase(tx: Connection, owner: Desk, by: Person, name: str, because: str) -> Erased:
    personal.alone(tx)
    decides_for(people.standing(tx, by), (Role.TO,), True, "Erasing personal data")
    everyone = people.everyone(tx)
    _check_reason(because, everyone)
    found = _removed(tx, everyone, name)
    called = pseudonym(found.id, [it.name for it in everyone])
    others = tuple(
        word for it in everyone if it.id != found.id for word in (it.name, it.email, it.second_email) if word
    )
    # An address may have become another's.
    own = [it for it in found.addresses if it.casefold() not in map(str.casefold, others)]
    redaction = Redaction(found.id, (found.name, *own, *found.slack), called, others)
    rows = personal.take_out(tx, found, redaction)
    lines = _lines(tx, owner, redaction)
    personal.write_lines(tx, {number: line.body for number, line in lines.items()})
    for body in _said(found, called, by, because, lines):
        audit.append(tx, ERASED, body)
    return Erased(called, rows, len(lines), personal.asked_about(tx, redaction.theirs))


def _check_reason(because: str, everyone: list[Listed]) -> None:
    """Whoever is named in the line that says why could never be erased from it."""
    check_note(because)
    if not because.strip():
        raise Refused("Say why you erase them: the audit shows it. Nothing was erased.")
    if "@" in because or named_in(because, (it.name for it in everyone)):
        raise Refused(
            "The reason names somebody, or an address. It stays for good: say it without. Nothing was erased."
        )


def _removed(tx: Connection, everyone: list[Listed], name: str) -> Removed:
    """No refusal repeats the name: it would be written down once more."""
    wanted = name.strip().casefold()
    if any(it.active and it.name.casefold() == wanted for it in everyone):
        raise IllegalMove("They are on the desk. Remove them first: countersign people remove. Nothing was erased.")
    found = next((it for it in personal.removed(tx) if it.name.casefold() == wanted), None)
    if found is None:
        raise Refused("Nobody of that name was removed. See: countersign people list. Nothing was erased.")
    if found.erased:
        raise IllegalMove("They were erased before. Nothing was changed.")
    return found


def _lines(tx: Connection, owner: Desk, redaction: Redaction) -> dict[int, Line]:
    """The lines that change, as they will stand. From then on no other line is written in this transaction's time.

    Raises Refused for an audit that doesn't hold.
    """
    changed: dict[int, Line] = {}

    def seen(line: Line) -> Line:
        left = redaction.body(line.event, line.body)
        if left != line.body:
            changed[line.number] = replace(line, body=left)
        return line

    signer = Signer(owner.home)
    # Before the head: whatever was signed until then has to be in it.
    files = signer.files()
    kept, head = checked(files, signer.public_key) if files else [], audit.head(tx) or Head(0, "")
    wrong = chain.verify(map(seen, audit.in_order(tx, head.number)), head, anchors=kept)
    personal.hold_head(tx)
    # What was written meanwhile: the desk doesn't wait while the long part is read.
    wrong += chain.verify(map(seen, audit.lines(tx, head.number)), audit.head(tx), head)
    if wrong:
        raise Refused(f"The audit does not hold: {wrong[0]}. Nothing was erased. See: countersign audit verify")
    return changed


def _said(of: Removed, called: str, by: Person, because: str, lines: Mapping[int, Line]) -> Iterator[dict[str, Json]]:
    """What the erasing lines say: nobody's name, so that they never have to be erased."""
    body: dict[str, Json] = {"person": str(of.id), "pseudonym": called, "by_person": str(by.id), "because": because}
    numbers = sorted(lines)
    for start in range(0, max(1, len(numbers)), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        left: dict[str, Json] = {str(n): hashlib.sha256(chain.canonical(lines[n])).hexdigest() for n in some}
        yield body | {"lines": left}
