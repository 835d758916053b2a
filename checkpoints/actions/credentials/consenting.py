"""A person gives consent at a third party, and what comes back is the approval; its tokens go to the vault.

Rule: what comes back counts once, within minutes, for the person and the sign-in that began it, at the same revision.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

from checkpoints.actions import finding
from checkpoints.actions.credentials import giving
from checkpoints.actions.deciding import Press
from checkpoints.core.errors import IllegalMove, Refused, Unavailable
from checkpoints.core.model import Person, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.calls import Consent
from checkpoints.credentials import consent as provider
from checkpoints.credentials.embedded import vault_key
from checkpoints.credentials.sealing import make_key, seal, unseal
from checkpoints.store.desk import Desk
from checkpoints.store.secret import credentials

KIND = "third-party-integration"
CALLBACK = "/callbacks/consent"
LASTS = timedelta(minutes=15)
PURPOSE = b"countersign consent 1\n"
VERIFIER = 48
"""Random bytes: 64 characters; RFC 7636 asks for 43 to 128."""


@dataclass(frozen=True)
class Begun:
    """A consent that came back: what it is for, and what only its beginner could know."""

    point: Checkpoint
    press: Press
    verifier: str


def begin(desk: Desk, person: Person, press: Press) -> tuple[Consent, str]:
    """The consent and the provider's address to go to. Raises as giving does: nothing was recorded."""
    if desk.credentials is None:
        raise Unavailable("This process has no vault. Nothing was begun.")
    point = giving.may_give(desk, person, press, KIND)
    if (press.revision, press.digest) != (point.revision, point.digest):
        raise IllegalMove(f"{point.label} was changed. Nothing was begun. Look at it again.")
    wanted = Consent.named_by(point.request.subject.parameters)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(VERIFIER)
    address = provider.address(wanted, _callback(desk), state, verifier)
    make_key(vault_key(desk.home))
    kept = json.dumps({"verifier": verifier, "digest": press.digest, "note": press.note}).encode()
    with desk.transaction() as tx:
        credentials.add_consent(tx, state, point, person, seal(vault_key(desk.home), PURPOSE, kept))
    return wanted, address


def take(desk: Desk, person: Person, state: str) -> Begun:
    """What came back with this state, which is used up by it. Raises Refused when it opens nothing."""
    with desk.transaction() as tx:
        found = credentials.use_consent(tx, state, person, LASTS)
        if found is None:
            raise Refused(
                "This consent was used, is over 15 minutes old, or was begun by another sign-in. Nothing was recorded: "
                "begin again on the checkpoint's page."
            )
        id, revision, sealed = found
        point = finding.again(tx, id)
    kept = json.loads(unseal(vault_key(desk.home), PURPOSE, sealed))
    press = Press(id, revision, kept["digest"], Verdict.APPROVE, {}, kept["note"])
    return Begun(point, press, kept["verifier"])


def finish(desk: Desk, person: Person, begun: Begun, code: str) -> Checkpoint:
    """The checkpoint, approved. An empty code is a no. Raises Refused, IllegalMove, NotYourCall, Unavailable."""
    if not code:
        raise Refused("The consent was not given there. Nothing was recorded: begin again, or reject it here.")
    point = giving.may_give(desk, person, begun.press, KIND)
    if point.revision != begun.press.revision:
        raise IllegalMove(f"{point.label} was changed meanwhile. Nothing was recorded: look at it and begin again.")
    wanted = Consent.named_by(point.request.subject.parameters)
    tokens = provider.exchange(wanted, _callback(desk), code, begun.verifier)
    return giving.hand_over(desk, person, begun.press, point, tokens, {})


def _callback(desk: Desk) -> str:
    return desk.page_url.rstrip("/") + CALLBACK
