"""The desk asks for another value of a credential when it is due; where an API can, it is made without asking."""

import logging
from datetime import timedelta

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.credentials.life import rotating
from checkpoints.actions.credentials.life.rotating import KIND, Makers
from checkpoints.actions.own.adopting import Adopter
from checkpoints.actions.own.proposing import CHANGE, propose_in
from checkpoints.core.errors import Countersign, IllegalMove
from checkpoints.core.model import Fact, Field, FieldSort, Json, Priority, Request, Scalar, Subject
from checkpoints.core.shown.story import when
from checkpoints.core.view import OWN, Checkpoint
from checkpoints.core.work.services.moving import still_on
from checkpoints.store import audit, cases, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.secret import lives
from checkpoints.store.secret.lives import Life

STAYS = "the credential's next value"
LATER, NEVER = "later", "never"
OUTCOME = Field(
    "outcome",
    "It isn't rotated, because",
    FieldSort.CHOICE,
    choices=((LATER, "it may stay as it is for 30 days more"), (NEVER, "it is never due by itself again")),
)
MORE = timedelta(days=30)
AGAIN = timedelta(days=7)
"""After a no, or when nobody answered: it is due all the same."""

log = logging.getLogger(__name__)


def ask_next(desk: Desk, makers: Makers) -> bool:
    """Has one that is due made, or asks for it; False when none is due. Two porters ask once."""
    return _make_next(desk, makers) or _ask_next(desk, makers)


def put_off(tx: Connection, desk: Desk, point: Checkpoint) -> None:
    """Adopts a yes to what `ask_next` asked: it stays as it is, for a while or for good. Raises IllegalMove."""
    assert point.decision is not None
    subject, outcome = point.request.subject.parameters, point.decision.fields["outcome"]
    life = lives.held(tx, finding.labelled(tx, str(subject["credential"])).id)
    if life is None or life.ended_at is not None or life.version != subject["version"]:
        raise IllegalMove(f"{subject['credential']} has ended, or was rotated meanwhile")
    lives.put_off(tx, life, MORE if outcome == LATER else None)
    body: dict[str, Json] = {"checkpoint": life.label, "service": life.service, "by": point.label}
    audit.append(tx, "rotation put off", body | {"outcome": outcome, "note": point.decision.note})


ADOPTS: dict[tuple[str, str], Adopter] = {(KIND, STAYS): put_off}


def _ask_next(desk: Desk, makers: Makers) -> bool:
    with desk.transaction() as tx:
        if cases.own(tx) is None:
            return False
        life = lives.next_due(tx, KIND, AGAIN, list(makers), makes=False)
        if life is None:
            return False
        propose_in(tx, None, _request(tx, desk, life))
    return True


def _make_next(desk: Desk, makers: Makers) -> bool:
    with desk.transaction() as tx:
        life = lives.next_due(tx, KIND, AGAIN, list(makers), makes=True)
        given_by = lives.giver(tx, life) if life else None
        if life is None or given_by is None:
            return False
    try:
        rotating.rotate_by(desk, makers[life.origin, life.service], life, given_by)
    except Countersign as trouble:
        log.warning("the credential of %s was not rotated by itself, a person is asked: %s", life.label, trouble)
        with desk.transaction() as tx:
            propose_in(tx, None, _request(tx, desk, life, str(trouble)))
    return True


def _request(tx: Connection, desk: Desk, life: Life, trouble: str = "") -> Request:
    now = checkpoints.now(tx)
    users = still_on(lives.uses(tx, life.id), life.version, now)
    rotate = "OVERDUE: rotate" if life.rotate_at and life.rotate_at + desk.rotation.grace <= now else "Rotate"
    page = f"{desk.page_url}/checkpoints/{life.label}/credential/lives#rotate"
    steps = (
        f"1. Make another at {life.service}, as {life.label} says; let the old one be valid still.",
        f"2. Give it: {page}, or in a shell countersign credential rotate {life.label}",
        "3. Deploy again what is served with it. The old one is then retired here; end it at its service.",
    )
    facts = [Fact("Credential", f"{life.service}, approved as {life.label}; version {life.version}")]
    facts += [Fact("Given", f"by {life.given_by} {when(life.given_at)}; another was due {when(life.rotate_at)}")]
    facts += [Fact("Still used by", ", ".join(users) or "nobody that the desk knows of")]
    facts += [Fact("Steps", step) for step in steps]
    facts += [Fact("Not made by itself", trouble)] if trouble else []
    subject: dict[str, Scalar] = {
        CHANGE: STAYS,
        "credential": life.label,
        "service": life.service,
        "version": life.version,
    }
    return Request(
        kind=KIND,
        agent=OWN,
        action=f"{rotate} the {life.service} credential of {life.label}",
        details="",
        subject=Subject("the credential", subject),
        facts=tuple(facts),
        fields=(OUTCOME,),
        priority=Priority.LOW,
    )
