"""A person is told by mail what was done about their own account: by whoever did it, so that a thief is noticed.

Rule: such a mail holds no code, no link that signs in, and nothing to press.
"""

from datetime import UTC, datetime
from html import escape
from uuid import UUID, uuid4

from sqlalchemy import Connection

from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.shown.letter import inert
from checkpoints.core.shown.message import Letter, Message
from checkpoints.core.shown.story import when
from checkpoints.store import audit, checkpoints, errands, people
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand

KIND = "tell:account"
CHANNEL = "mail"
MOST_TRIES = 5
FOOT = "If you know of it, nothing is left to do. If you don't, tell another technical operator of the desk at once."


def warn(tx: Connection, person: UUID, said: str) -> None:
    """Promised with what was done; nothing where no mail reaches them. `said` is a sentence."""
    at = checkpoints.now(tx).astimezone(UTC).isoformat()
    if any(listed.id == person and listed.active and listed.email for listed in people.everyone(tx)):
        errands.add(tx, KIND, str(uuid4()), {"person": str(person), "said": said, "at": at})


def tell(desk: Desk, errand: Errand) -> None:
    """Carries `tell:account`: the same mail at every try. Raises Unavailable to be called again later."""
    speaks = desk.channels.get(CHANNEL)
    with desk.transaction() as tx:
        found = next((p for p in people.everyone(tx) if str(p.id) == errand.body["person"]), None)
    if speaks is None or found is None or found.email is None or not found.active:
        return
    at = datetime.fromisoformat(errand.body["at"])
    letter = _letter(errand.body["said"], at, desk.page_url)
    try:
        speaks.post(Message(speaks.address(f"account {errand.key}"), found.email, found.name, letter, at))
    except Refused as no:
        with desk.transaction() as tx:
            why = str(no).replace(found.email, "their address")
            audit.append(tx, "could not be told", {"person": str(found.id), "name": found.name, "why": why})
    except OutcomeUnknown as unknown:
        # It may have come: more of the same mail helps nobody.
        if errand.tries < MOST_TRIES:
            raise Unavailable(str(unknown)) from unknown


def _letter(said: str, at: datetime, page_url: str) -> Letter:
    lines = (inert(said), f"When: {when(at)}", FOOT, f"The desk: {page_url}")
    html = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return Letter("Your account at Countersign", "\n\n".join((*lines, "")), f"<!doctype html>{html}\n")
