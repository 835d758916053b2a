"""A credential that was approved: where it lies, until when, and its fields, which no repr shows."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from countersign.errors import Ended, Intercepted, Refused, Unavailable
from countersign.keeping import Kept
from countersign.now import finished
from countersign.reporting import report, settled
from countersign.speaking import Desk
from countersign.vault import Handed, open_at

TRIES, PAUSE_S = 5, 0.5
OVER = (409, 422)


@dataclass
class Credential:
    """`request` is the desk's number for it. `ends_at`: when it opens no more, if ever. `vault_link`: where it lies,
    once it was read; never the value."""

    request: str
    service: str
    ends_at: datetime | None
    desk: Desk = field(repr=False)
    kept: Kept = field(repr=False)
    vault_link: str = ""
    _reported: bool = field(repr=False, default=False)

    async def read(self) -> dict[str, str]:
        """Its fields: the secret ones read at the vault, by something that only this process can open, and only once,
        with a line at the desk for each reading; the plain ones as a person filled them. Nothing of it is kept here.
        That it was read is said to the desk while the caller goes on.

        Raises Intercepted when somebody may have been first (the desk was told), Ended when its time or its uses are
        over, Refused, Unavailable.
        """
        handed = await self._taken()
        self.vault_link = handed.link
        try:
            fields = await _patiently(handed)
        except Intercepted as why:
            await self.desk.post(f"/v1/requests/{self.request}/alarm", {"ticket": handed.ticket, "why": str(why)})
            self.kept.over()
            raise
        if not self._reported:
            self._reported = True
            report(self.desk, self.request, self._not_reported)
        return {**handed.plain, **fields}

    def read_now(self) -> dict[str, str]:
        """The same for who has no event loop."""
        return finished(self.read())

    def _not_reported(self) -> None:
        """The next reading says it."""
        self._reported = False

    async def _taken(self) -> Handed:
        """A call of which nobody knows whether it was answered isn't made again by itself: it may be for one use."""
        await settled(self.desk)
        try:
            return Handed.of(await self.desk.post(f"/v1/requests/{self.request}/take", {}, once=True))
        except Refused as no:
            if no.status not in OVER:
                raise
            raise Ended(str(no)) from None


async def _patiently(handed: Handed) -> dict[str, str]:
    """What is handed over is good for a minute: a vault that is away for some seconds is asked again."""
    for _ in range(TRIES - 1):
        try:
            return await open_at(handed)
        except Unavailable:
            await asyncio.sleep(PAUSE_S)
    return await open_at(handed)
