"""The agents' API as one application: its routes, and what it needs to answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from checkpoints.store.desk import Desk
from to_tools.agent_api import asking, following, taking
from to_tools.agent_api.hands import Hands
from to_tools.agent_api.refusing import refuse_in
from to_tools.agent_api.waiting import Waiting
from to_tools.agent_api.who import writes_down

VERSION = "/v1"


def agent_api(desk: Desk, hands: Hands, tried: Path) -> FastAPI:
    """At one desk, with the asker's login. `tried`: the file in which the porter hears what agents tried in vain."""
    app = FastAPI(title="Countersign for agents", lifespan=_waiting, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.state.hands = hands
    app.state.tried = writes_down(tried)
    for routes in (asking.router, following.router, taking.router):
        app.include_router(routes, prefix=VERSION)
    refuse_in(app)
    return app


@asynccontextmanager
async def _waiting(app: FastAPI) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    app.state.waiting = Waiting(desk, desk.engine.url)
    async with app.state.waiting.at_work():
        yield
