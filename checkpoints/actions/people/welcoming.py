"""Whoever proposed a person hands them their first token, once they were let in; it is made when it is asked for."""

from checkpoints.actions.people import joining, reaching
from checkpoints.actions.people.joining import Joined
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.fields import check_email, clean
from checkpoints.core.model import Person
from checkpoints.store import people
from checkpoints.store.desk import Desk


def welcome(desk: Desk, by: Person, name: str, email: str = "") -> Joined:
    """Their tokens, which nobody can read again; what was made before ends, so that the last one handed over holds.

    `email`: where mails reach them from now on; empty leaves that as it is. Raises NotYourCall unless it was they who
    proposed the person, with their factor if they have one; Refused when there is no such person yet; IllegalMove once
    that person has signed in: nobody makes a token for somebody else then.
    """
    address = check_email(email) if email else None
    with desk.transaction() as tx:
        joining.may_invite(tx, by)
        found = people.named(tx, name)
        if found is None:
            raise Refused(
                f"There is no {clean(name)} yet: they are added once the desk's question is approved. "
                "See it with: countersign inbox. No token was made."
            )
        if found.invited_by != by.id:
            raise NotYourCall(f"Who proposed {found.name} welcomes them. No token was made.")
        if not people.end_unused_tokens(tx, found.id):
            raise IllegalMove(f"{found.name} has signed in: only they make tokens of theirs now. No token was made.")
        if address:
            reaching.set_in(tx, found.id, found.name, address, by.name)
        return joining.tokens(tx, found.id, found.name)
