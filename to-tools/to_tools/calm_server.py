"""A server that does nothing while nobody comes. Page and sandbox are such."""

import asyncio

import uvicorn


class CalmServer(uvicorn.Server):
    """Looks twice a second whether it has to end; uvicorn would ten times, which is all that an idle one costs."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(0.5)
