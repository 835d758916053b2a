"""The only place that makes a Person: from a token of theirs that holds now, and from nothing else."""

from contextlib import suppress

from checkpoints.actions.audit import recording
from checkpoints.core.errors import Countersign, NotYourCall
from checkpoints.core.model import Person
from checkpoints.store import people
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import agents
from checkpoints.store.from_outside.slack import accounts
from checkpoints.store.from_outside.slack.accounts import User

SLACK = "slack"
AN_AGENTS = "This token is an agent's: machines ask, people decide. Nothing was recorded."


class NotLinked(NotYourCall):
    """A Slack account that is nobody's here; a code from the page's account section links it."""


def verify(desk: Desk, token: str, address: str = "") -> Person:
    """The person whose token this is. Raises NotYourCall when it is unknown, ended or too old.

    `address`: where they come from, of the connection itself; empty by a way that carries none, as the shell.
    """
    with desk.transaction() as tx:
        found = people.verified(tx, token)
    if found is None:
        _not_an_agents(desk, token)
        raise NotYourCall("You are not signed in. Get a link with: countersign sign-in")
    if found.stale:
        # A database that takes no change keeps nobody from looking.
        with suppress(Countersign), desk.transaction() as tx:
            people.used(tx, found.proof)
    return Person(id=found.id, name=found.name, proof=found.proof, way=found.way, scope=found.scope, address=address)


def _not_an_agents(desk: Desk, token: str) -> None:
    """Raises NotYourCall for the token of an agent from outside, which stands for nobody; its try is a line."""
    with desk.transaction() as tx:
        agent = agents.by_token(tx, token)
    if agent is not None:
        no = NotYourCall(AN_AGENTS)
        recording.refused(desk, f"agent {agent.name}", "be taken for a person", "", no)
        raise no


def by_link(desk: Desk, token: str) -> Person:
    """The person whose link this is, who is nobody anywhere else. Raises NotYourCall for any other token."""
    person = verify(desk, token)
    if person.way != people.BY_LINK:
        raise NotYourCall("That is no link that a question is answered by.")
    return person


def by_slack(desk: Desk, user: User) -> Person:
    """Whose Slack account this is, as Slack signed it. Raises NotYourCall for one that is nobody's here (any more)."""
    with desk.transaction() as tx:
        found = accounts.by_user(tx, user)
        if found is not None:
            people.used(tx, found.proof)
    if found is None:
        raise NotLinked(
            "This Slack account is not linked to anybody at this desk. Nothing was recorded. Make a code for Slack on "
            "the desk's page, under your account, or with: countersign slack code. Then say here: "
            "/countersign link CODE"
        )
    return Person(found.person_id, found.name, found.proof, SLACK, found.scope)
