"""A ticket is redeemed by the desk, once, within minutes; the values go to whoever may use them, and nowhere else.

Rule: the run that opened the handle never gets here: the asker's login may not write the opening, nor read the vault.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.actions.credentials import alarming, assuming
from checkpoints.core.errors import Intercepted, Refused, Unavailable
from checkpoints.core.model import Scalar
from checkpoints.core.ports import Credentials
from checkpoints.core.work.services.asking import plain_of
from checkpoints.core.work.services.assumed import is_role
from checkpoints.core.work.services.calls import Call
from checkpoints.core.work.services.handing import Grant
from checkpoints.core.work.signs import Sign
from checkpoints.store import audit
from checkpoints.store.desk import Desk
from checkpoints.store.secret import credentials
from checkpoints.store.secret.credentials import Lies, Listed

LASTS = timedelta(minutes=5)
HERE = "the sandbox"


@dataclass(frozen=True)
class Opened:
    """One opening: the service by its slug, what its user may open, its plain fields, and what was approved of it.

    `label`: of the checkpoint that was answered with it.
    """

    ticket: UUID
    service: str
    grant: Grant
    plain: Mapping[str, str]
    approved: Mapping[str, Scalar]
    label: str

    @property
    def assumes(self) -> bool:
        """Whether it lies nowhere, and is assumed."""
        return is_role(self.grant.path)

    def values(self, vault: Credentials | None) -> dict[str, str]:
        """All fields with their values. Raises Refused when there are none, Unavailable without a vault."""
        if vault is None:
            raise Unavailable("This process has no vault. Nothing was opened.")
        return {**self.plain, **vault.take(vault.hand(self.grant))}


def redeem(desk: Desk, ticket: UUID, case_slug: str, purpose: str = "deployment", came_from: str = HERE) -> Opened:
    """What the ticket opens. Raises Refused when it opens nothing (any more), or not this; the audit says so.

    One that was used before is an alarm: each is good for one opening, and nobody who made one uses it twice.
    """
    with desk.transaction() as tx:
        lies = credentials.redeem(tx, ticket, case_slug, LASTS, came_from[:200])
        if lies is not None and lies.purpose == purpose:
            return _opened(tx, lies)
        known = credentials.of_ticket(tx, ticket)
        if known is not None:
            body = {"checkpoint": known[0], "service": known[1], "case": case_slug[:80], "purpose": purpose}
            audit.append(tx, "ticket refused", body)
    if lies is None and known is not None and known[2]:
        alarming.sound(desk, ticket, "a ticket that is good for one opening was used a second time")
    raise Refused(
        f"This ticket opens nothing for {_a(purpose)}: it was used, is over {LASTS.seconds // 60} minutes old, is of "
        "another case or for something else, or its credential has ended. Nothing was opened."
    )


def vault_of(desk: Desk) -> Credentials:
    """Where the values are. Raises Unavailable without a vault."""
    if desk.credentials is None:
        raise Unavailable("This process has no vault. Nothing was opened.")
    return desk.credentials


@contextmanager
def given_back(desk: Desk, ticket: UUID) -> Iterator[None]:
    """Where the vault is away, or refuses, the opening came to nothing and counts for nothing. Raises that on.

    One that was intercepted counts: somebody may have opened it.
    """
    try:
        yield
    except Intercepted:
        raise
    except (Unavailable, Refused):
        with desk.transaction() as tx:
            credentials.give_back(tx, ticket)
        raise


def values_for_call(desk: Desk, ticket: UUID, case_slug: str, call: Call) -> Mapping[str, str]:
    """The values for exactly the call that was approved. Raises Refused for any other, Unavailable without a vault."""
    opened = redeem(desk, ticket, case_slug, "check")
    if (opened.service, opened.approved.get("call")) != (call.service, call.digest):
        raise Refused("This is not the call that was approved with the credential. Nothing was called.")
    return taken(desk, opened)


def values_for_release(
    desk: Desk, ticket: UUID, case_slug: str, environment: str, digest: str
) -> tuple[str, Mapping[str, str]]:
    """(service, its values) for exactly the release that was approved for this place. Raises Refused, Unavailable."""
    opened = redeem(desk, ticket, case_slug)
    with desk.transaction() as tx:
        approved = credentials.is_for_release(tx, ticket, environment, digest)
    if not approved:
        raise Refused(f"{digest[:12]} is not what was approved for {environment}: it is handed no credential.")
    return opened.service, taken(desk, opened)


def taken(desk: Desk, opened: Opened) -> dict[str, str]:
    """Its values, taken by this process itself. Raises Intercepted, which is an alarm by then; Refused, Unavailable."""
    try:
        with given_back(desk, opened.ticket):
            return {**opened.plain, **assumed(desk, opened)} if opened.assumes else opened.values(desk.credentials)
    except Intercepted as why:
        alarming.sound(desk, opened.ticket, str(why))
        raise Intercepted(str(why), sign=Sign.SECURITY) from why


def assumed(desk: Desk, opened: Opened) -> Mapping[str, str]:
    """What its role is good for, from now on. Raises Refused, Unavailable."""
    return assuming.assume(desk, opened.grant.path, opened.label, opened.grant.restrictions)


def reopen(desk: Desk, case_slug: str, why: str, environment: str = "") -> tuple[Opened, ...]:
    """The credentials that a case's release there is handed, opened anew by the desk, with an audit line each."""
    with desk.transaction() as tx:
        found = []
        for lies in credentials.reopen(tx, case_slug, why[:200], HERE, environment):
            point = finding.again(tx, lies.checkpoint_id)
            body = {"checkpoint": point.label, "service": lies.service, "purpose": lies.purpose, "why": why[:200]}
            audit.append(tx, "credential opened", body)
            found.append(_opened(tx, lies))
        return tuple(found)


def of_case(desk: Desk, slug: str) -> tuple[Listed, ...]:
    """A case's credentials, for people: never a value."""
    with desk.transaction() as tx:
        return tuple(credentials.of_case(tx, slug))


def _opened(tx: Connection, lies: Lies) -> Opened:
    point = finding.again(tx, lies.checkpoint_id)
    grant = Grant(lies.credential_id, lies.vault_path, lies.restrictions)
    return Opened(lies.ticket, lies.service, grant, plain_of(point), point.request.subject.parameters, point.label)


def _a(purpose: str) -> str:
    return f"an {purpose}" if purpose == "agent" else f"a {purpose}"
