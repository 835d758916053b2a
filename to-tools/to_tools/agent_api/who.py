"""Which agent it is: its token, verified at every call; and what of its tries the desk is to hear.

Rule: the API can write no line of the audit: it writes down what it refused to whom, and the porter hears it.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from checkpoints.actions.from_outside.agents import admitting
from checkpoints.actions.from_outside.agents.admitting import NOT_GOOD, NoToken
from checkpoints.core.errors import Countersign
from checkpoints.core.fields import clean
from checkpoints.core.from_outside.addresses import lies_in, read_address
from checkpoints.fence.heard.reaching import Tries
from checkpoints.seeing.redacting import redacted
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.agents import Agent

BEARER = "bearer "


def the_desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _the_desk(request: Request) -> Desk:
    """No thread is asked for it."""
    return the_desk(request)


TheDesk = Annotated[Desk, Depends(_the_desk)]


def who(request: Request, desk: TheDesk) -> Agent:
    """Raises NoToken."""
    found = admitting.by_token(desk, token_of(request))
    request.state.agent = found
    return found


TheAgent = Annotated[Agent, Depends(who)]


def token_of(request: Request) -> str:
    """What it brings. Raises NoToken for none, or several."""
    given = request.headers.getlist("authorization")
    if len(given) != 1 or not given[0].lower().startswith(BEARER):
        raise NoToken(NOT_GOOD)
    return given[0][len(BEARER) :].strip()


def came_from(request: Request) -> str:
    """The other end of the connection; of a proxy's word only what a setting believes."""
    desk = the_desk(request)
    peer = read_address(request.client.host) if request.client else ""
    if not desk.trusted_proxy or not lies_in(peer, (desk.trusted_proxy,)):
        return peer
    lines = request.headers.getlist("x-forwarded-for")
    return read_address(lines[-1].rpartition(",")[2]) if lines else ""


def writes_down(file: Path) -> Callable[[Request, str], None]:
    """Writes what an agent tried in vain where the porter hears it. Of strangers nothing: they would fill it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    tries = Tries(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600))

    def tried(request: Request, why: str) -> None:
        agent: Agent | None = getattr(request.state, "agent", None)
        if agent is None:
            try:
                agent = admitting.by_token(the_desk(request), token_of(request))
            except Countersign:
                return
        what = f"{request.method} {clean(request.url.path)}"
        # Read by the porter into the audit, where nothing is taken out again.
        tries.add(f"agent {agent.name}: {redacted(f'{what}: {why}')}")

    return tried
