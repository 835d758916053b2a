"""Speaks to the desk: JSON there and back, tried again while nobody answers, under the very same key."""

import asyncio
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias, cast

import httpx

from countersign.errors import Refused, Unavailable

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
ANSWER_S = 30.0
AGAIN = (408, 425, 429, 500, 502, 503, 504)
URL, TOKEN = "COUNTERSIGN_AGENTS_URL", "COUNTERSIGN_AGENT_TOKEN"


def trusted(url: str, ca: str = "") -> ssl.SSLContext:
    """Who may have signed the certificate at this address: the system's authorities, or the one in this PEM."""
    return _authorities(url.startswith("https:"), ca)


@cache
def _authorities(tls: bool, ca: str) -> ssl.SSLContext:
    """Once a process: to read all that a system trusts takes longer than a call. In the clear nobody is trusted."""
    if not tls:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context(cadata=ca) if ca else httpx.create_ssl_context()


@dataclass(frozen=True)
class Desk:
    """Where a desk is, and by which token. `patience_s`: for how long it may be away at a time."""

    url: str
    token: str = field(repr=False)
    patience_s: float = 300.0

    @classmethod
    def told(cls, url: str, token: str, patience_s: float, names: tuple[str, str] = (URL, TOKEN)) -> "Desk":
        """What was given, else what the environment says. Raises Refused where it says nothing."""
        known = (url or os.environ.get(names[0], "")).rstrip("/"), token or os.environ.get(names[1], "")
        for name, value in zip(names, known, strict=True):
            if not value:
                raise Refused(f"Where the desk is, or by which token, is not said: set {name}.")
        if not (known[1].isascii() and known[1].isprintable() and " " not in known[1]):
            # Whatever sends it would repeat it in its complaint.
            raise Refused(f"What {names[1]} says is no token: copy it again, whole.")
        return cls(*known, patience_s)

    async def get(self, path: str, wait_s: int = 0) -> dict[str, Json]:
        """Raises Refused, Unavailable."""
        return await self._call("GET", f"{path}?wait={wait_s}" if wait_s else path, None, {}, ANSWER_S + wait_s)

    async def post(
        self, path: str, body: Mapping[str, Json], headers: Mapping[str, str] | None = None, once: bool = False
    ) -> dict[str, Json]:
        """`once`: a call that was sent and not answered isn't sent again. Raises Refused, Unavailable."""
        return await self._call("POST", path, body, headers or {}, ANSWER_S, once)

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Json] | None,
        headers: Mapping[str, str],
        seconds: float,
        once: bool = False,
    ) -> dict[str, Json]:
        deadline, pause = asyncio.get_running_loop().time() + self.patience_s, FIRST_PAUSE_S
        signed = {"authorization": f"Bearer {self.token}", **headers}
        async with httpx.AsyncClient(base_url=self.url, timeout=seconds, verify=trusted(self.url)) as client:
            while True:
                try:
                    answer = await client.request(method, path, json=body, headers=signed)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    away = "does not answer"
                except httpx.TransportError as lost:
                    away = f"was lost ({type(lost).__name__})"
                    if once:
                        raise Unavailable(f"The desk {away} while it was asked: {method} {path}.") from None
                else:
                    if answer.status_code not in AGAIN:
                        return _read(answer)
                    away = f"says {answer.status_code}"
                if asyncio.get_running_loop().time() + pause > deadline:
                    raise Unavailable(f"The desk {away}, for {self.patience_s:g} s. What was asked stays asked.")
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)


def _read(answer: httpx.Response) -> dict[str, Json]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if answer.is_success and isinstance(said, dict):
        return cast("dict[str, Json]", said)
    words = said.get("error") if isinstance(said, dict) else None
    raise Refused(str(words or f"The desk said {answer.status_code}."), answer.status_code)
