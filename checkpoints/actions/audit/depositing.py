"""Signed heads are put where whoever may change the database can't reach: a tag of a git repository, and a mailbox.

Rule: no audit line says so, or each head would be followed by another; what was put there shows it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from checkpoints.core.audit import Anchor
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.shown.message import Message
from checkpoints.core.shown.signed_head import kept_elsewhere
from checkpoints.store.desk import Desk
from checkpoints.store.secret import tags

BETWEEN_MAILS = timedelta(hours=24)


@dataclass(frozen=True)
class Elsewhere:
    """Where each signed head goes besides the desk's own folder. None, or an empty address: not there."""

    repository: Path | None = None
    mail_to: str = ""


def deposit(desk: Desk, head: Anchor, file: Path, elsewhere: Elsewhere) -> None:
    """Puts it there, as the porter does by itself: the tag of each head, and at most one mail in 24 hours.

    One place that doesn't take it keeps it from no other. Raises Refused or Unavailable with what went wrong.
    """
    wrong: list[str] = []
    if elsewhere.repository is not None:
        try:
            as_tag(head, file, elsewhere.repository)
        except (Refused, Unavailable) as trouble:
            wrong.append(str(trouble))
    if elsewhere.mail_to and _mail_is_due(desk, head):
        try:
            by_mail(desk, head, file, elsewhere.mail_to)
            _mark(desk).write_text(f"{head.at}\n", encoding="ascii")
        except (Refused, Unavailable) as trouble:
            wrong.append(str(trouble))
    if wrong:
        raise Unavailable(" ".join(wrong))


def as_tag(head: Anchor, file: Path, repository: Path) -> str:
    """The tag's name; it may have been there before. Raises Refused, Unavailable."""
    says = f"Line {head.number} of the audit, as of {head.at}"
    tags.tag(repository, tag_of(file), says, file.read_bytes())
    return tag_of(file)


def tag_of(file: Path) -> str:
    """`countersign-audit-000000412` for the head in `audit-000000412.json`."""
    return f"countersign-{file.stem}"


def by_mail(desk: Desk, head: Anchor, file: Path, to: str) -> None:
    """One mail a head and reader, however often: the same again is the same mail. Raises Refused, Unavailable."""
    channel = desk.channels.get("mail")
    if channel is None:
        raise Refused("This desk sends no mail yet: runbooks/tasks/mail.md says how. The file lies here.")
    letter = kept_elsewhere(head, file.name, file.read_text(encoding="utf-8"))
    at = datetime.fromisoformat(head.at)
    try:
        channel.post(Message(channel.address(f"{file.stem}/{to}"), to, to, letter, at))
    except OutcomeUnknown as unknown:
        raise Unavailable(f"{unknown}; it is sent again.") from unknown


def _mail_is_due(desk: Desk, head: Anchor) -> bool:
    """A mark that can't be read is none: one mail too many harms nobody."""
    try:
        last = datetime.fromisoformat(_mark(desk).read_text(encoding="ascii").strip())
        return datetime.fromisoformat(head.at) >= last + BETWEEN_MAILS
    except (OSError, ValueError, TypeError):
        return True


def _mark(desk: Desk) -> Path:
    return desk.home / "anchors" / "mailed"
