"""Live: one connection a process listens to PostgreSQL, and every open page is told to look.

Rule: a notice carries no content; the page asks for what there is to see. Whoever was away looks when they come back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

import psycopg
from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import URL

from checkpoints.core.errors import Unavailable
from checkpoints.store.work import hearing
from to_tools.page.who.session import SignedIn

MOST = 200
KEEP_ALIVE_S = 20.0
TOGETHER_S = 0.15
RECONNECT_S = 1.0

router = APIRouter()


class Live:
    """Tells every open page to look. `url` is the desk's database as SQLAlchemy names it."""

    def __init__(self, url: URL) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._waiting: set[asyncio.Event] = set()
        self._closed = False

    async def listen(self) -> None:
        """For ever: listens, and connects again when the database was away."""
        while True:
            with suppress(psycopg.OperationalError):
                async for _ in hearing.words(self._address, "desk"):
                    self._tell()
            await asyncio.sleep(RECONNECT_S)

    def close(self) -> None:
        """Ends every open stream, so that the process can end."""
        self._closed = True
        self._tell()

    def full(self) -> bool:
        return len(self._waiting) >= MOST

    async def looks(self) -> AsyncIterator[str]:
        """One event for each time there is something to look at; many at once are one."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            yield "retry: 2000\n\n"
            while not self._closed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(KEEP_ALIVE_S):
                        await news.wait()
                yield "data: look\n\n" if news.is_set() else ": still here\n\n"
                news.clear()
                await asyncio.sleep(TOGETHER_S)
        finally:
            self._waiting.discard(news)

    def _tell(self) -> None:
        for news in self._waiting:
            news.set()


def the_live(request: Request) -> Live:
    live: Live = request.app.state.live
    return live


@router.get("/live")
async def stream(visitor: SignedIn, live: Annotated[Live, Depends(the_live)]) -> StreamingResponse:
    if live.full():
        raise Unavailable(f"{MOST} pages are open already; this one goes on without live news.")
    return StreamingResponse(live.looks(), media_type="text/event-stream")
