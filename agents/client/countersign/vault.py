"""Opens what the desk handed over, at the vault itself: looked at, unwrapped once, logged in with, read.

Rule: what the vault didn't make where the desk says it did, or what can't be unwrapped, was intercepted. What was
unwrapped here was opened by nobody before: from there on a no is an end, and no theft.
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
AWAY = (408, 425, 429, 472, 473)
"""Below 500, and all the same no answer to what was asked: too much at once, or a standby."""
OTHER_NETWORK = ("source address", "cidr")
SECRET, TOKEN = "secret id", "token"
CLOSED = (
    "It was closed after it was handed over: its credential ended, or was narrowed. Nobody else opened it. Where it is "
    "for several uses, read it again; else ask for it anew."
)


@dataclass(frozen=True)
class Handed:
    """What passes: the vault's address, its namespace where it isn't the root, who signed its certificate, and what
    opens one credential, once."""

    ticket: str
    vault: str
    mount: str
    path: str
    made_at: str
    role: str
    namespace: str = ""
    ca: str = field(repr=False, default="")
    token: str = field(repr=False, default="")
    plain: Mapping[str, str] = field(repr=False, default_factory=dict)
    """The fields that are no secret, as a person filled them."""
    known: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What it brought so far: a vault that goes away in the midst is gone on with from there, for what was unwrapped
    once can't be again, and would be taken for stolen."""

    @classmethod
    def of(cls, told: Mapping[str, Json]) -> "Handed":
        """As the desk says it."""
        names = ("ticket", "vault", "mount", "path", "made_at", "role", "namespace", "ca", "token")
        plain = told.get("plain")
        filled = {name: str(value) for name, value in plain.items()} if isinstance(plain, dict) else {}
        return cls(plain=filled, **{name: str(told.get(name) or "") for name in names})

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

    @property
    def link(self) -> str:
        """The same, whole: with the namespace in its path, as a vault takes it as well."""
        return "/".join(filter(None, (self.vault, "v1", self.namespace, self.read_at)))


async def open_at(handed: Handed) -> dict[str, str]:
    """The fields. Raises Intercepted, Ended, Refused (not from here), Unavailable (nothing was used up: try again)."""
    trust = trusted(handed.vault, handed.ca)
    within = {"x-vault-namespace": handed.namespace} if handed.namespace else {}
    # One connection for all four calls.
    async with httpx.AsyncClient(base_url=handed.vault, timeout=SECONDS, verify=trust, headers=within) as vault:
        return await _read(vault, handed)


async def _read(vault: httpx.AsyncClient, handed: Handed) -> dict[str, str]:
    if handed.is_value:
        return {name: str(value) for name, value in (await _unwrapped(vault, handed)).items()}
    answer = await _call(vault, "GET", handed.read_at, await _let_in(vault, handed))
    if answer.status_code == 404:
        raise Ended("Nothing lies there in the vault any more.")
    fields = _data(answer) if handed.is_lease else _data(answer).get("data")
    if not answer.is_success or not isinstance(fields, dict):
        raise Ended(CLOSED)
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


async def _let_in(vault: httpx.AsyncClient, handed: Handed) -> str:
    """The token that it is read with."""
    known = handed.known
    if SECRET not in known:
        secret = (await _unwrapped(vault, handed)).get("secret_id")
        if not isinstance(secret, str):
            raise Intercepted("What was handed over opens nothing: somebody put it there instead.")
        known[SECRET] = secret
    if TOKEN not in known:
        known[TOKEN] = await _logged_in(vault, handed, known[SECRET])
    return known[TOKEN]


async def _logged_in(vault: httpx.AsyncClient, handed: Handed, secret: str) -> str:
    login = await _call(vault, "POST", "auth/approle/login", "", {"role_id": handed.role, "secret_id": secret})
    auth = _object(login).get("auth") if login.is_success else None
    if not isinstance(auth, dict):
        if any(sign in login.text.lower() for sign in OTHER_NETWORK):
            raise Refused("The vault lets nobody in from here: it is held to other networks.", login.status_code)
        raise Ended(CLOSED)
    meant = auth.get("metadata")
    if not isinstance(meant, dict) or meant.get("path") != handed.path:
        raise Intercepted("What was handed over leads to something else: somebody put it there instead.")
    return str(auth.get("client_token", ""))


async def _unwrapped(vault: httpx.AsyncClient, handed: Handed) -> dict[str, Json]:
    """Where and when it was made is looked at before it is opened: afterwards it is used up. The same place is in every
    namespace of a vault, and whoever has one may wrap there."""
    looked = await _call(vault, "POST", "sys/wrapping/lookup", "", {"token": handed.token})
    if not looked.is_success:
        raise Intercepted("The vault knows nothing of what was handed over: it was opened before, or is too old.")
    made = _data(looked)
    if handed.made_at != f"{made.get('creation_path')}@{made.get('creation_time')}":
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
    if answer.status_code >= 500 or answer.status_code in AWAY:
        raise Unavailable(f"The vault says {answer.status_code}: it is sealed, in trouble, or asked too much.")
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
