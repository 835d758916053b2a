"""An agent from outside asks for a credential: one key, one question, however often and by how many it is sent."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from checkpoints.actions.from_outside.agents import following
from checkpoints.actions.from_outside.agents.admitting import check_project
from checkpoints.actions.from_outside.agents.following import Followed
from checkpoints.core.digest import canonical, digest
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.work.services import asking
from checkpoints.core.work.services.asking import KIND, Wanted
from checkpoints.seeing.moments import moment
from checkpoints.store import cases, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import agents
from checkpoints.store.from_outside.agents import Agent


def opens(uses: int | None) -> dict[str, str]:
    """What it is opened for, and how long: for one use once, else anew for each use, until its time is over."""
    return {"agent": asking.ONCE if uses == 1 else asking.WHILE_IT_LIVES}


def ask(desk: Desk, agent: Agent, key: str, said: Mapping[str, Json], wanted: Wanted) -> Followed:
    """How it stands, asked now or before. `said`: the words that it came in, which the key stands for; what the
    project is called is looked up.

    Raises NotItsOwn, Refused, and IllegalMove for a key that was used for something else.
    """
    check_project(agent, wanted.project, KIND)
    with moment("asked") as asked:
        with desk.transaction() as tx:
            case = cases.project(tx, wanted.project)
            if case is None:
                raise Refused("There is no such project any more. Nothing was asked.")
            request = asking.ask(replace(wanted, title=case.title))
            body = hashlib.sha256(canonical(said)).hexdigest()
            named = digest(request.subject.parameters)
            id = agents.ask(tx, agent, key, body, wanted.project, request, named)
            point = checkpoints.by_id(tx, id)
            if point is None:
                raise Unavailable("It can't be asked now. Send the very same again.")
            stands = following.followed(tx, point)
        asked.of(point, kind=point.kind)
        return stands
