"""Opens what the desk handed over, at the vault itself: looked at, unwrapped once, logged in with, read.

Rule: what the vault didn't make where the desk says it did, or what opens nothing, was intercepted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import httpx

from countersign.errors import Ended, Intercepted, Refused, Unavailable
from countersign.speaking import Json, trusted

SECONDS = 20.0
WRAP = "sys/wrapping/wrap"


@dataclass(frozen=True)
class Handed:
    """What passes: the vault's address and who signed its certificate, and what opens one credential, once."""

    ticket: str
    vault: str
    mount: str
    path: str
    made_at: str
    role: str
    ca: str = field(repr=False, default="")
    token: str = field(repr=False, default="")
    plain: Mapping[str, str] = field(repr=False, default_factory=dict)
    """The fields that are no secret, as a person filled them."""

    @classmethod
    def of(cls, told: Mapping[str, Json]) -> "Handed":
        """As the desk says it."""
        names = ("ticket", "vault", "mount", "path", "made_at", "role", "ca", "token")
        plain = told.get("plain")
        known = {name: str(value) for name, value in plain.items()} if isinstance(plain, dict) else {}
        return cls(*(str(told.get(name) or "") for name in names), known)

    @property
    def is_lease(self) -> bool:
        """Whether an engine of the vault makes it anew when it is read: a login, which ends by itself."""
        return self.path.split("/")[1:][-2:-1] == ["creds"]

    @property
    def is_value(self) -> bool:
        """Whether what is wrapped are the fields themselves, which lie nowhere."""
        return self.made_at.startswith(f"{WRAP}@")

    @property
    def read_at(self) -> str:
        """Where the vault has it."""
        return self.path if self.is_lease else f"{self.mount}/data/{self.path}"


async def open_at(handed: Handed) -> dict[str, str]:
    """The fields. Raises Intercepted, Ended, Refused (not from here), Unavailable (nothing was used up: try again)."""
    trust = trusted(handed.vault, handed.ca)
    # One connection for all four calls.
    async with httpx.AsyncClient(base_url=handed.vault, timeout=SECONDS, verify=trust) as vault:
        return await _read(vault, handed)


async def _read(vault: httpx.AsyncClient, handed: Handed) -> dict[str, str]:
    inside = await _unwrapped(vault, handed)
    if handed.is_value:
        return {name: str(value) for name, value in inside.items()}
    secret = inside.get("secret_id")
    if not isinstance(secret, str):
        raise Intercepted("What was handed over opens nothing: somebody put it there instead.")
    login = await _call(vault, "POST", "auth/approle/login", "", {"role_id": handed.role, "secret_id": secret})
    auth = _object(login).get("auth") if login.is_success else None
    if not isinstance(auth, dict):
        raise Refused(
            "The vault lets nobody in from here: it is held to other networks, or was revoked.", login.status_code
        )
    meant = auth.get("metadata")
    if not isinstance(meant, dict) or meant.get("path") != handed.path:
        raise Intercepted("What was handed over leads to something else: somebody put it there instead.")
    answer = await _call(vault, "GET", handed.read_at, str(auth.get("client_token", "")))
    fields = _data(answer) if handed.is_lease else _data(answer).get("data")
    if not answer.is_success or not isinstance(fields, dict):
        raise Ended("The vault lets it be read no more: it was revoked.")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


async def _unwrapped(vault: httpx.AsyncClient, handed: Handed) -> dict[str, Json]:
    """Where it was made is looked at before it is opened: afterwards it is used up. Where anybody may make one (it
    holds the values themselves then), when it was made as well."""
    looked = await _call(vault, "POST", "sys/wrapping/lookup", "", {"token": handed.token})
    if not looked.is_success:
        raise Intercepted("The vault knows nothing of what was handed over: it was opened before, or is too old.")
    made = _data(looked)
    path, at = made.get("creation_path"), made.get("creation_time")
    if handed.made_at != (f"{path}@{at}" if path == WRAP else path):
        raise Intercepted("What was handed over was not made where the desk says: somebody put it there instead.")
    unwrapped = await _call(vault, "POST", "sys/wrapping/unwrap", handed.token, {})
    if not unwrapped.is_success:
        raise Intercepted("What was handed over was opened by somebody else meanwhile.")
    return _data(unwrapped)


async def _call(
    vault: httpx.AsyncClient, method: str, path: str, token: str, body: Mapping[str, Json] | None = None
) -> httpx.Response:
    """Raises Unavailable also while the vault is sealed."""
    headers = {"x-vault-token": token} if token else {}
    try:
        answer = await vault.request(method, f"/v1/{path}", json=body, headers=headers)
    except httpx.TransportError as lost:
        raise Unavailable(f"The vault does not answer ({type(lost).__name__}).") from None
    if answer.status_code >= 500:
        raise Unavailable(f"The vault says {answer.status_code}: it is sealed, or in trouble.")
    return answer


def _object(answer: httpx.Response) -> dict[str, Json]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    return cast("dict[str, Json]", said) if isinstance(said, dict) else {}


def _data(answer: httpx.Response) -> dict[str, Json]:
    data = _object(answer).get("data")
    return data if isinstance(data, dict) else {}
