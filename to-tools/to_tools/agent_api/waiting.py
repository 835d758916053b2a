"""Agents that wait: one connection listens to PostgreSQL for all of them, and each is told when its question has moved.

Rule: waiting costs a place in a list; what is waited for is looked up once for all, and only when there is news.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import psycopg
from sqlalchemy import URL
from starlette.concurrency import run_in_threadpool

from checkpoints.actions.from_outside.agents import following
from checkpoints.core.errors import Countersign, Unavailable
from checkpoints.store.desk import Desk
from checkpoints.store.work import hearing

MOST = 500
TOGETHER_S, RECONNECT_S = 0.025, 1.0
"""The first news is looked at at once; what comes while that goes on, together."""
SLOW_LOOK_S = 5.0
"""For what was not heard."""


class Waiting:
    """Of one process. `url` is the database as SQLAlchemy names it, with the asker's login."""

    def __init__(self, desk: Desk, url: URL) -> None:
        self._desk = desk
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._news = asyncio.Event()
        self._places: dict[object, tuple[UUID, str, asyncio.Event]] = {}
        self._closed = False

    async def until_moved(self, id: UUID, mark: str, seconds: float) -> None:
        """Until it stands otherwise than this, or the time is over. Raises Unavailable when too many wait."""
        if len(self._places) >= MOST:
            raise Unavailable(f"{MOST} wait here already. Ask again in a while, without waiting.")
        place, moved = object(), asyncio.Event()
        self._places[place] = (id, mark, moved)
        # It may have moved between its reading and this.
        self._news.set()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(0 if self._closed else seconds):
                    await moved.wait()
        finally:
            del self._places[place]

    def close(self) -> None:
        """Nobody waits any more, so that the process can end."""
        self._closed = True
        for _, _, moved in self._places.values():
            moved.set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Listens and looks until the block ends."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look_on())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            with suppress(psycopg.OperationalError):
                async for _ in hearing.words(self._address, "desk"):
                    self._news.set()
            await asyncio.sleep(RECONNECT_S)

    async def _look_on(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SLOW_LOOK_S):
                    await self._news.wait()
            self._news.clear()
            if self._places:
                # While the database is away nobody is told: each asks again by itself when its time is over.
                with suppress(Countersign):
                    await self._look()
            await asyncio.sleep(TOGETHER_S)

    async def _look(self) -> None:
        ids = sorted({id for id, _, _ in self._places.values()})
        marks = await run_in_threadpool(following.marks, self._desk, ids)
        for id, mark, moved in list(self._places.values()):
            if marks.get(id, mark) != mark:
                moved.set()
