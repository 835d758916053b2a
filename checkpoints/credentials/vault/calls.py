"""One call to a vault, within seconds: what it answers, or in our own words why it doesn't.

Rule: hvac's errors, and those below it, hold addresses, bodies and tokens: none is repeated, and none is chained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import hvac
from hvac import exceptions as said
from requests import Session
from requests.exceptions import SSLError, Timeout

from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.core.model import Json

Verb = Literal["read", "list", "write", "delete"]
CONNECT_SECONDS = 2.0
PATIENCE = 5.0
NOTHING: Mapping[str, Json] = {}

OTHER_NETWORK = ("source address", "cidr")
"""How Vault and OpenBao say that somebody logs in, or comes with a token, from where they may not."""


class No(Refused):
    """The vault understood, and said no. `elsewhere`: because of the network that it was asked from."""

    def __init__(self, words: str, *, elsewhere: bool = False) -> None:
        super().__init__(words)
        self.elsewhere = elsewhere


class Wrong(No):
    """It can't take what it was told (400)."""


class Forbidden(No):
    """The token is not good, or its policy doesn't allow this (403)."""


class Missing(No):
    """Nothing is there (404)."""


class NotAllowed(Unavailable):
    """The desk's own login may not do what it needs: somebody has to set that right, and then it goes on."""


class Untold(Unavailable):
    """It doesn't tell whom it was asked by: nothing is wrong, and nobody here knows."""


class OutOfOrder(Unavailable):
    """It answered with an error of its own, or of what it asked in turn (500)."""


@dataclass(frozen=True)
class Server:
    """HashiCorp's Vault or OpenBao. `ca`: who signed its certificate; `patience`: seconds until it counts as slow;
    `namespace`: all is said of what lies in it, empty: of the root."""

    url: str
    ca: Path | None = None
    patience: float = PATIENCE
    namespace: str = ""

    def call(
        self, verb: Verb, path: str, data: Mapping[str, object] | None = None, *, token: str = "", wrap: str = ""
    ) -> Mapping[str, Json]:
        """Its answer, empty where it has none. Raises Unavailable (away, slow, sealed, too busy, not itself), No."""
        answer = self._tried(verb, path, data, token, wrap)
        # Raised where nothing is caught any more: what was caught, and all that it holds, hangs on no error of ours.
        if isinstance(answer, Countersign):
            raise answer
        return answer

    def lets(self, origin: str) -> bool:
        """Whether it lets browsers in that have a page of this origin open (CORS). False where it doesn't answer."""
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        at, within = f"{self.url}/v1/sys/health", min(CONNECT_SECONDS, self.patience)
        try:
            answer = self._session.options(at, headers=asked, timeout=within, allow_redirects=False)
        except OSError:
            return False
        return answer.headers.get("Access-Control-Allow-Origin") in (origin, "*")

    def _tried(
        self, verb: Verb, path: str, data: Mapping[str, object] | None, token: str, wrap: str
    ) -> Mapping[str, Json] | Countersign:
        try:
            return _document(self._ask(verb, path, data, token, wrap))
        except said.VaultError as error:
            return _translated(error)
        except SSLError:
            why = "its certificate is not signed by anybody known here: see vault_ca in the settings"
            return Unavailable(f"The vault was not spoken to: {why}. Nothing was changed.")
        except Timeout:
            return Unavailable(f"The vault is slow: no answer within {self.patience:g} s. Try again.")
        except (OSError, ValueError) as error:
            # All of requests' are the first sort; the second is a token that no header can hold.
            return Unavailable(f"The vault is away ({type(error).__name__}). Nothing was changed; try again.")

    def _ask(self, verb: Verb, path: str, data: Mapping[str, object] | None, token: str, wrap: str) -> object:
        # An empty token is one too: with none at all hvac takes VAULT_TOKEN, or the file that its owner logged in with.
        timeout = (min(CONNECT_SECONDS, self.patience), self.patience)
        client = hvac.Client(
            self.url,
            token=token,
            timeout=timeout,
            allow_redirects=False,
            session=self._session,
            namespace=self.namespace,
        )
        if verb == "write":
            return client.write_data(path, data=dict(data or {}), wrap_ttl=wrap or None)
        if verb == "delete":
            # Not client.delete: that takes any answer at all for a yes.
            return client.adapter.delete(f"/v1/{path}")
        found = client.list(path) if verb == "list" else client.read(path, wrap_ttl=wrap or None)
        if found is None:
            raise said.InvalidPath
        return found

    @cached_property
    def _session(self) -> Session:
        session = Session()
        # Neither a proxy nor a bundle of authorities of the environment's, and no password of ~/.netrc.
        session.trust_env = False
        session.verify = str(self.ca) if self.ca else True
        return session


def _translated(error: said.VaultError) -> Refused | Unavailable:
    if isinstance(error, said.VaultDown):
        return Unavailable("The vault is sealed. Nothing was changed; once somebody has unsealed it, it goes on.")
    if isinstance(error, said.VaultNotInitialized):
        return Unavailable("The vault is not set up yet (not initialised). Nothing was changed.")
    if isinstance(error, said.RateLimitExceeded):
        return Unavailable("The vault is asked too much at once, or is a standby. Nothing was changed; try again.")
    words = " ".join(map(str, error.errors or ())).lower()
    elsewhere = any(sign in words for sign in OTHER_NETWORK)
    if isinstance(error, said.InvalidPath):
        return Missing("Nothing is there in the vault.")
    if isinstance(error, said.InvalidRequest):
        return Wrong("The vault can't take this. Nothing was changed.", elsewhere=elsewhere)
    if isinstance(error, said.Forbidden | said.Unauthorized):
        return Forbidden("The vault doesn't allow this. Look why: countersign vault check", elsewhere=elsewhere)
    return OutOfOrder("The vault is out of order: it answered with an error. Try again; its own log says more.")


def _document(answer: object) -> Mapping[str, Json] | Unavailable:
    """JSON comes as a dict, with a number, and 204 as a response without one; whatever else answers is no vault."""
    if isinstance(answer, dict) and "request_id" in answer:
        return answer
    if getattr(answer, "status_code", 0) == 204:
        return NOTHING
    return Unavailable("What answers at the vault's address is no vault, or sends elsewhere. Nothing was changed.")
