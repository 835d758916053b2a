"""An agent from outside comes in by its token, which is good for asking, following and taking, and for nothing else."""

from sqlalchemy import Connection

from checkpoints.core.errors import NotYourCall
from checkpoints.core.fields import clean
from checkpoints.core.view import Checkpoint, named
from checkpoints.store import checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import agents
from checkpoints.store.from_outside.agents import Agent

LONGEST_TOKEN = 200
NOT_GOOD = "This token is not good (any more): a person makes one with: countersign agents token NAME --project P"


class NoToken(NotYourCall):
    """Nobody's token, or one that has ended."""


class NotItsOwn(NotYourCall):
    """Something that this agent did not ask, or that its token is not for: whether it is there is not said."""


def by_token(desk: Desk, token: str) -> Agent:
    """Whose it is. Raises NoToken."""
    if not 1 <= len(token) <= LONGEST_TOKEN:
        raise NoToken(NOT_GOOD)
    with desk.transaction() as tx:
        found = agents.by_token(tx, token)
    if found is None:
        raise NoToken(NOT_GOOD)
    return found


def check_project(agent: Agent, slug: str, kind: str) -> None:
    """Raises NotItsOwn."""
    if slug not in agent.projects or kind not in agent.kinds:
        raise NotItsOwn(
            f"{agent.name}'s token is not for “{clean(slug)}”, or not for questions of the kind “{clean(kind)}”. "
            "Nothing was asked."
        )


def own(tx: Connection, agent: Agent, label: str) -> Checkpoint:
    """What this agent asked, by its label. Raises NotItsOwn for whatever else, NoName for what is no label."""
    slug, number = named(label)
    point = checkpoints.by_label(tx, slug, number) if slug in agent.projects else None
    if point is None or not point.branch.startswith(f"agent/{agent.name}/") or point.kind not in agent.kinds:
        raise NotItsOwn(f"{agent.name} asked nothing that is called “{clean(label)}”. Nothing was done.")
    return point
