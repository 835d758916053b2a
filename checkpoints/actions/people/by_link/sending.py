"""Carries a code to a second address: made anew at every try, so that the same mail is the same mail.

Rule: after its ten minutes, or once another was asked for, it goes nowhere.
"""

from uuid import UUID

from checkpoints.actions.people.by_link.proving import LASTS
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.shown.letter import with_code
from checkpoints.core.shown.message import Message
from checkpoints.store import audit, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.secret import links

CHANNEL = "mail"
FOR_SO_LONG = f"{int(LASTS.total_seconds() // 60)} minutes"


def send(desk: Desk, errand: Errand) -> None:
    """Carries `tell:code`. Raises Unavailable to be called again, with the very same."""
    speaks = desk.channels.get(CHANNEL)
    id = UUID(errand.body["code"])
    with desk.transaction() as tx:
        code = links.code_by_id(tx, id, LASTS)
        link = links.by_id(tx, code.link) if code else None
        point = checkpoints.by_id(tx, link.checkpoint_id) if link else None
    if speaks is None or code is None or link is None or point is None or code.sent_at or code.trouble:
        return
    letter = with_code(links.digits(desk.home, id), point.case_title, link.person, FOR_SO_LONG)
    message = Message(speaks.address(f"code {id}"), code.sent_to, link.person, letter, code.made_at)
    line: dict[str, Json] = {"checkpoint": link.label, "person": str(link.person_id), "name": link.person}
    try:
        speaks.post(message)
    except Refused as no:
        why = str(no).replace(code.sent_to, "their second address")
        with desk.transaction() as tx:
            links.code_refused(tx, id, why)
            audit.append(tx, "code could not be sent", line | {"channel": CHANNEL, "why": why})
    except OutcomeUnknown as unknown:
        raise Unavailable(str(unknown)) from unknown
    else:
        with desk.transaction() as tx:
            links.code_sent(tx, id)
            audit.append(tx, "code sent", line | {"channel": CHANNEL})
