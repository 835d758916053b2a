"""Gives a file that belongs to a question: a report that its request brought, or evidence that a person attached."""

from checkpoints.actions import finding
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.fields import clean
from checkpoints.core.model import Attachment
from checkpoints.store import checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import evidence


def fetch(desk: Desk, label: str, sha256: str) -> tuple[Attachment, bytes]:
    """The file and its content, hashed anew; the first digits will do where they name one alone.

    Raises Refused when the question has no such file, or it was changed; Unavailable.
    """
    if desk.files is None:
        raise Unavailable("This process has no folder for files.")
    with desk.transaction() as tx:
        point = finding.labelled(tx, label)
        files = [file for _, request in checkpoints.requests(tx, point.id) for file in request.attachments]
        files += [attached.file for attached in evidence.of_point(tx, point.id)]
    found = {file.sha256: file for file in files if sha256 and file.sha256.startswith(sha256)}
    if len(found) != 1:
        raise Refused(f"{point.label} has {'no' if not found else 'more than one'} file “{clean(sha256)}”.")
    file = next(iter(found.values()))
    return file, desk.files.get(file.sha256)
