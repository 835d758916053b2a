"""A person lets an agent from outside ask, by a token that is shown once, and ends that again.

Rule: whoever lets it ask first is whom it works for, and doesn't answer what it asks.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from checkpoints.actions.people.proving import NONE_YET
from checkpoints.core.authority import check_scope, decides_for
from checkpoints.core.errors import NeedsFactor, NotFound, NotYourCall, Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.work.services.asking import KIND
from checkpoints.store import audit, cases, people
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import agents
from checkpoints.store.from_outside.agents import Token

NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")
MAY = (Role.TO, Role.MANAGER)
KINDS = (KIND,)
"""What agents from outside may ask, all of it with a person's floor."""
MOST_PROJECTS = 50
DAYS, LONGEST_DAYS = 30, 366


@dataclass(frozen=True)
class Licence:
    """A token for one agent, to be shown once."""

    agent: str
    token: str = field(repr=False)
    until: datetime


def license(desk: Desk, person: Person, name: str, projects: Sequence[str], days: int = DAYS) -> Licence:
    """The agent may ask for credentials in these projects from now on.

    Raises NotYourCall unless they are a technical operator or a manager there, NeedsFactor without a second factor of
    the last ten minutes, Refused for a name, a project or a time that won't do.
    """
    if not NAME.fullmatch(name):
        raise Refused(
            f"“{clean(name)}” is no name for an agent. Right would be 2 to 40 of a-z, 0-9 and -, a letter first. "
            "No token was made."
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(f"{days} days won't do. Right would be 1 to {LONGEST_DAYS}. No token was made.")
    wanted = list(dict.fromkeys(projects))
    if not 1 <= len(wanted) <= MOST_PROJECTS:
        raise Refused(f"Name 1 to {MOST_PROJECTS} projects that it may ask in. No token was made.")
    with desk.transaction() as tx:
        _may(tx, person, wanted)
        if missing := [slug for slug in wanted if cases.project(tx, slug) is None]:
            raise NotFound(
                f"There is no project “{clean(missing[0])}”. No token was made. See: countersign project list"
            )
        owner = agents.owner(tx, name)
        if owner is None:
            agents.add(tx, name, person.id)
        elif owner != person.id:
            raise NotYourCall(f"{name} works for somebody else, who alone makes tokens for it. No token was made.")
        token = secrets.token_urlsafe(32)
        until = agents.add_token(tx, name, token, wanted, KINDS, timedelta(days=days))
        body: dict[str, Json] = {"agent": name, "projects": ", ".join(wanted), "kinds": ", ".join(KINDS)}
        audit.append(tx, "agent's token made", body | {"by": person.name, "until": until.isoformat()})
        return Licence(name, token, until)


def licences(desk: Desk, person: Person) -> list[Token]:
    """The tokens that hold now. Raises NotYourCall for who is not here any more."""
    with desk.transaction() as tx:
        standing = people.standing(tx, person)
        if not standing.active and standing.scope is None:
            raise NotYourCall("You are not signed in any more. Sign in again: countersign sign-in")
        return agents.tokens(tx)


def end(desk: Desk, person: Person, name: str) -> int:
    """Every token of the agent ends now; how many there were. By whom it works for, or by a technical operator.

    Raises NotYourCall, NotFound. It wants no second factor: to stop something must be quick.
    """
    with desk.transaction() as tx:
        standing = people.standing(tx, person)
        check_scope(standing)
        owner = agents.owner(tx, name)
        if not standing.active or not (owner == person.id or Role.TO in standing.roles_at()):
            raise NotYourCall("A technical operator, or whom it works for, ends an agent's tokens. Nothing was ended.")
        if owner is None:
            raise NotFound(f"There is no agent “{clean(name)}”. See: countersign agents list")
        ended = agents.end(tx, name)
        audit.append(tx, "agent's tokens ended", {"agent": name, "tokens": ended, "by": person.name})
        return ended


def _may(tx: Connection, person: Person, projects: Sequence[str]) -> None:
    standing = people.standing(tx, person)
    for slug in projects:
        decides_for(standing, MAY, False, "A token for an agent", case=slug, kind=KIND)
    if not standing.enrolled:
        raise NeedsFactor(f"An agent's token is made only after a second factor. {NONE_YET}", enrolled=False)
    decides_for(standing, MAY, True, "A token for an agent", case=projects[0], kind=KIND)
