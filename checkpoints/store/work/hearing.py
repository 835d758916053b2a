"""Hears the database's words, which say only that there is something to look at.

Rule: waiting costs nothing. psycopg's own `notifies` wakes up ten times a second; here the socket is waited for.
"""

import select
import time
from collections.abc import AsyncIterator

import anyio
import psycopg


async def words(address: str, channel: str) -> AsyncIterator[None]:
    """One at the start, then one for each word on this channel. Raises psycopg.OperationalError; ends never."""
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as listener:
        await listener.execute(f"listen {channel}")
        yield
        while True:
            await anyio.wait_readable(listener.fileno())
            async for _ in listener.notifies(timeout=0):
                yield


def word_within(listener: psycopg.Connection, seconds: float) -> bool:
    """Whether a word came in that time. Raises psycopg.OperationalError."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([listener], [], [], left)[0] and any(True for _ in listener.notifies(timeout=0)):
            return True
    return False
