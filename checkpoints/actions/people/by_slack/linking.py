"""A Slack account is linked to a person by a code from the desk, said to the app in Slack; then it answers as they.

Rule: a code counts once, for ten minutes; a wrong one is counted a Slack account before it is refused.
"""

import secrets
from datetime import UTC, timedelta

from sqlalchemy import Connection

from checkpoints.actions.people.accounts.warning import warn
from checkpoints.core.authority import not_active, proven
from checkpoints.core.errors import IllegalMove, Refused, WrongCode
from checkpoints.core.from_outside import guessing
from checkpoints.core.model import Json, Person
from checkpoints.store import audit, people
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.slack import accounts, workspace
from checkpoints.store.from_outside.slack.accounts import Account, Ended, Guesses, User
from checkpoints.store.secret import factors
from checkpoints.store.work.notices import nudge_everybody

WAY = "slack"
CODE_LASTS, LINK_LASTS = timedelta(minutes=10), timedelta(days=90)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Five bits a letter, and none that is read for another: no I, L, O or U."""
MISREAD = str.maketrans("ILO", "110")
LENGTH = 8
"""Letters of a code: 40 bits, in two groups."""
NO_SLACK = "This desk is not connected to Slack. Nothing was changed. Connect it: countersign slack connect"
WRONG = (
    "That is not your code, or it is older than ten minutes, or was used. Nothing was linked. "
    "Make another on the desk's page, under your account, or with: countersign slack code"
)


def new_code(desk: Desk, person: Person) -> str:
    """To be shown to them once; said to the app within ten minutes, it links who says it. Earlier ones are over.

    Raises NotYourCall unless they may act here, NeedsFactor when they have a second factor and did not prove it within
    ten minutes, Refused while the desk is in no Slack.
    """
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    with desk.transaction() as tx:
        # Locked, so that of two at once one is over.
        factors.tries(tx, person.id)
        standing = people.standing(tx, person)
        if not standing.active:
            raise not_active(standing)
        # Whoever says it answers as they do for months.
        proven(standing, "Linking Slack")
        if workspace.workspace(tx) is None:
            raise Refused(NO_SLACK)
        accounts.add_code(tx, person.id, code, CODE_LASTS)
        audit.append(tx, "Slack code made", _said(person))
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def link(desk: Desk, user: User, code: str) -> str:
    """The name of whose code it is; for 90 days this Slack account is theirs, and no other one, nor anybody else's.

    `user` is who said it, as Slack signed it. Raises WrongCode, Refused for a workspace that isn't the desk's.
    """
    typed = code.strip(" `*_\"'").replace("-", "").replace(" ", "").upper().translate(MISREAD)
    with desk.transaction() as tx:
        ours = workspace.workspace(tx)
        if ours is None or ours.team_id != user.team_id:
            raise Refused(NO_SLACK)
        guesses = accounts.guesses(tx, user)
        _check_wait(guesses)
        person = accounts.take_code(tx, typed)
        if person is not None:
            accounts.guessed(tx, user, right=True)
            _unlinked(tx, accounts.end(tx, person, user))
            # Nobody has this token: what Slack signs takes its place.
            proof = people.add_token(tx, person, secrets.token_urlsafe(32), WAY, LINK_LASTS)
            accounts.link(tx, user, person, proof)
            found = next(listed for listed in people.everyone(tx) if listed.id == person)
            body: dict[str, Json] = {"person": str(person), "name": found.name, "slack": user.user_id}
            audit.append(tx, "Slack account linked", body)
            warn(tx, person, "A Slack account was linked to you: what is answered with it counts as your answer.")
            nudge_everybody(tx)
            return found.name
        accounts.guessed(tx, user, right=False)
        audit.append(tx, "Slack code refused", {"slack": user.user_id, "wrong": guesses.wrong + 1})
    raise WrongCode(WRONG)


def unlink(desk: Desk, person: Person) -> None:
    """No Slack account answers as they do any more. Raises IllegalMove where none did, NotYourCall."""
    with desk.transaction() as tx:
        standing = people.standing(tx, person)
        if not standing.active:
            raise not_active(standing)
        held = accounts.of_person(tx, person.id)
        _unlinked(tx, accounts.end(tx, person.id), by=person)
        if held is None:
            raise IllegalMove("No Slack account is linked to you. Nothing was changed.")


def linked(desk: Desk, person: Person) -> Account | None:
    """The Slack account that answers as they do; None: none. Raises NotYourCall."""
    with desk.transaction() as tx:
        standing = people.standing(tx, person)
        if standing.scope is None:
            raise not_active(standing)
        return accounts.of_person(tx, person.id)


def _check_wait(guesses: Guesses) -> None:
    until = guessing.waits_until(guesses.wrong, guesses.last)
    if until is not None and guesses.at < until:
        raise WrongCode(
            f"{guesses.wrong} codes in a row were wrong: the next is looked at from {until.astimezone(UTC):%H:%M:%S} "
            "UTC on. Nothing was linked."
        )


def _unlinked(tx: Connection, ended: list[Ended], by: Person | None = None) -> None:
    """One that its person had ended already by its session was said then."""
    for one in ended:
        if people.end_token(tx, one.proof):
            body: dict[str, Json] = {"person": str(one.person_id), "name": one.name, "slack": one.user_id}
            audit.append(tx, "Slack account unlinked", body | ({"by": by.name, "way": by.way} if by else {}))


def _said(person: Person) -> dict[str, Json]:
    return {"by": person.name, "person": str(person.id), "way": person.way}
