"""Who tells the engine that a run is due: the desk's porter, by NOTIFY, and Prefect itself, by its events.

Rule: a word is only a hint to look; whoever is deaf for a while is told by the worker's slow look.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import anyio
import psycopg
from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventFilter, EventNameFilter
from websockets.exceptions import WebSocketException

from checkpoints.settings import Settings
from checkpoints.store.work import hearing

DUE = ["prefect.flow-run.Scheduled", "prefect.flow-run.Resuming"]
SECONDS_AFTER_TROUBLE = 1.0

log = logging.getLogger(__name__)


async def listen_to_the_desk(tell: Callable[[], None]) -> None:
    """Until it is cancelled; the database may go and come back."""
    address = Settings().address_for("asker")
    while True:
        try:
            async for _ in hearing.words(address, "engine"):
                tell()
        except psycopg.OperationalError as wrong:
            log.warning("the database does not answer (%s); again in a second", type(wrong).__name__)
        await anyio.sleep(SECONDS_AFTER_TROUBLE)


async def listen_to_prefect(tell_of: Callable[[UUID, datetime], None]) -> None:
    """Which run is due, and since when. Until it is cancelled; Prefect's server may go and come back."""
    wanted = EventFilter(event=EventNameFilter(name=DUE))
    while True:
        try:
            async with get_events_subscriber(wanted) as events:
                async for event in events:
                    tell_of(UUID(event.resource.id.rpartition(".")[2]), event.occurred)
        except (OSError, WebSocketException) as wrong:
            log.warning("Prefect's events do not come (%s); again in a second", type(wrong).__name__)
        await anyio.sleep(SECONDS_AFTER_TROUBLE)
