"""A credential that was approved: where it lies, until when, and its fields, which no repr shows."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from countersign.errors import Ended, Intercepted, Refused, Unavailable
from countersign.keeping import Kept
from countersign.speaking import Desk
from countersign.vault import Handed, Opened, open_at

TRIES, PAUSE_S = 5, 0.5
CONFLICT = 409


@dataclass
class Credential:
    """`request` is the desk's number for it, `vault_link` where it lies: names, never the value. `ends_at`: if ever."""

    request: str
    service: str
    ends_at: datetime | None
    vault_link: str = ""
    _desk: Desk = field(repr=False, default=Desk("", ""))
    _kept: Kept | None = field(repr=False, default=None)
    _opened: Opened | None = field(repr=False, default=None)

    @classmethod
    def of(cls, desk: Desk, request: str, service: str, ends_at: str, kept: Kept) -> Self:
        ends = datetime.fromisoformat(ends_at) if ends_at else None
        return cls(request, service, ends, _desk=desk, _kept=kept)

    async def read(self) -> dict[str, str]:
        """Its fields, read at the vault. The first time it is opened there, which this process alone can do.

        Raises Intercepted when somebody may have been first (the desk was told, and gives another value), Ended when
        its time or its uses are over, Refused, Unavailable.
        """
        if self._opened is None:
            self._opened = await self._open()
        return await self._opened.read()

    def read_now(self) -> dict[str, str]:
        """The same for who has no event loop."""
        return asyncio.run(self.read())

    async def _open(self) -> Opened:
        handed = await self._taken()
        self.vault_link = f"{handed.vault}/v1/{handed.mount}/data/{handed.path}"
        try:
            opened = await _patiently(handed)
        except Intercepted as why:
            await self._alarm(handed, str(why))
            raise
        await self._desk.post(f"/v1/requests/{self.request}/done", {})
        if self._kept is not None:
            self._kept.over()
        return opened

    async def _taken(self) -> Handed:
        """What is handed over is so once: a call of which nobody knows whether it was answered isn't made again."""
        try:
            return Handed.of(await self._desk.post(f"/v1/requests/{self.request}/take", {}, once=True))
        except Refused as no:
            if no.status != CONFLICT:
                raise
            if self._kept is not None:
                self._kept.over()
            raise Ended(str(no)) from None

    async def _alarm(self, handed: Handed, why: str) -> None:
        await self._desk.post(f"/v1/requests/{self.request}/alarm", {"ticket": handed.ticket, "why": why})
        if self._kept is not None:
            self._kept.over()


async def _patiently(handed: Handed) -> Opened:
    """What is handed over is good for a minute: a vault that is away for some seconds is asked again."""
    for _ in range(TRIES - 1):
        try:
            return await open_at(handed)
        except Unavailable:
            await asyncio.sleep(PAUSE_S)
    return await open_at(handed)
