"""A person attaches evidence to an open question; the file lies under its SHA-256, the row says who and when."""

import mimetypes
from uuid import UUID

from checkpoints.actions import finding
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Attachment, Json, Person
from checkpoints.core.shown.story import how_it_stands
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import evidence

MOST = 20
"""Files a question."""
LONGEST_NAME = 120
UNNAMED = "file"
UNKNOWN = "application/octet-stream"


def attach(desk: Desk, person: Person, id: UUID, name: str, content: bytes) -> Attachment:
    """The file as it is kept; the same content again changes nothing.

    Raises IllegalMove when the question is not open, NotYourCall without a role, Refused for an empty or too large
    file and for one too many, Unavailable.
    """
    if desk.files is None:
        raise Unavailable("This process has no folder for files. Nothing was attached.")
    if not content:
        raise Refused("The file is empty. Nothing was attached.")
    with desk.transaction() as tx:
        point = finding.locked(tx, id)
        standing = people.standing(tx, person)
        if not standing.active or not standing.roles_at(point.case, point.kind):
            raise NotYourCall("Somebody with a role at this desk attaches evidence. Nothing was attached.")
        _check_open(point, len(evidence.of_point(tx, id)))
        called = cleaned(name)
        media_type = mimetypes.guess_type(called)[0] or UNKNOWN
        file = Attachment(called, desk.files.put(content), media_type, len(content))
        if evidence.add(tx, id, file, person.id):
            body: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "by": person.name}
            audit.append(tx, "evidence attached", body | {"name": called, "sha256": file.sha256, "size": file.size})
    return file


def cleaned(name: str) -> str:
    """A file's name as it is kept: its last part, printable, not hidden, 120 characters with its ending kept."""
    last = name.replace("\\", "/").rpartition("/")[2]
    # `isprintable` also keeps out what reorders or hides letters, and half a character.
    kept = " ".join("".join(c if c.isprintable() else " " for c in last).split()).lstrip(".- ")
    if len(kept) <= LONGEST_NAME:
        return kept or UNNAMED
    stem, dot, ending = kept.rpartition(".")
    tail = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
    return f"{kept[: LONGEST_NAME - len(tail)]}{tail}"


def _check_open(point: Checkpoint, attached: int) -> None:
    if point.state is not State.OPEN:
        raise IllegalMove(f"{how_it_stands(point)} Nothing was attached.")
    if attached >= MOST:
        raise Refused(f"{point.label} has {MOST} files already; put them into one. Nothing was attached.")
