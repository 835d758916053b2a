"""A server that does nothing while nobody comes. Page and sandbox are such."""

import asyncio
from contextlib import suppress
from types import FrameType

import uvicorn


class CalmServer(uvicorn.Server):
    """Ends as soon as it is told, and ticks twice a second; uvicorn would ten times, all that an idle one costs."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """From any thread, or a signal's handler."""
        self.should_exit = True
        if self._loop is not None:
            # Closed already: it has ended by itself.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._told.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.end()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await self._told.wait()
