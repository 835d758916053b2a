"""The desk's own login at the vault: its token is kept in memory, and made anew when it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.credentials.vault import keys
from checkpoints.credentials.vault.calls import Forbidden, Missing, No, NotAllowed, Server, Verb

AHEAD = 30.0
"""Seconds before its end from which a token isn't used any more."""

NOT_ALLOWED = "The vault doesn't allow the desk this. Nothing was changed. Look why: countersign vault check"
NO_APPROLE = (
    "The vault knows no login by AppRole there, or no such namespace. Nothing was changed. Say the right one "
    "(`--namespace`), or have it set up: countersign vault set-up"
)
NOT_SET_UP = "The vault lacks what the set-up makes there. Nothing was changed. Look what: countersign vault check"


class Login:
    """One process's. Threads share it."""

    def __init__(self, server: Server, file: Path) -> None:
        self._server, self._file = server, file
        self._lock = threading.Lock()
        self._token, self._ends = "", 0.0

    def call(
        self, verb: Verb, path: str, data: Mapping[str, object] | None = None, wrap: str = ""
    ) -> Mapping[str, Json]:
        """The vault's answer to the desk. Raises Unavailable (NotAllowed: its policy is not what it was), and No."""
        token, fresh = self._current("")
        try:
            return self._asked(verb, path, data, wrap, token)
        except NotAllowed:
            if fresh:
                raise
        # It may have been revoked, or the vault was restored from a time when there was none.
        token, _ = self._current(token)
        return self._asked(verb, path, data, wrap, token)

    def _asked(
        self, verb: Verb, path: str, data: Mapping[str, object] | None, wrap: str, token: str
    ) -> Mapping[str, Json]:
        try:
            return self._server.call(verb, path, data, token=token, wrap=wrap)
        except Forbidden:
            raise NotAllowed(NOT_ALLOWED) from None
        except Missing:
            if verb in ("read", "list"):
                raise
            raise NotAllowed(NOT_SET_UP) from None

    def _current(self, known_bad: str) -> tuple[str, bool]:
        """A token, and whether it was made just now."""
        with self._lock:
            if self._token not in ("", known_bad) and time.monotonic() < self._ends:
                return self._token, False
            self._token, lasts = log_in(self._server, keys.read(self._file))
            self._ends = time.monotonic() + lasts - AHEAD
            return self._token, True


def log_in(server: Server, known: keys.VaultKeys) -> tuple[str, float]:
    """The desk's own token, and for how many seconds it is good. Raises Unavailable."""
    given = {"role_id": known.role_id, "secret_id": known.secret_id}
    try:
        return token_of(server.call("write", "auth/approle/login", given))
    except Missing:
        raise Unavailable(NO_APPROLE) from None
    except No as no:
        where = " from here" if no.elsewhere else ""
        raise Unavailable(
            f"The vault doesn't let the desk log in{where}. Nothing was changed. Give it a new secret id: "
            "countersign vault connect"
        ) from None


def token_of(answer: Mapping[str, Json]) -> tuple[str, float]:
    """What a login brings, and for how many seconds it is good. Raises Refused where it is no login's answer."""
    auth = answer.get("auth")
    if isinstance(auth, dict):
        token, lasts = auth.get("client_token"), auth.get("lease_duration")
        if isinstance(token, str) and isinstance(lasts, int):
            return token, float(lasts)
    raise Refused("The vault's answer to a login is none. Nothing was changed.")
