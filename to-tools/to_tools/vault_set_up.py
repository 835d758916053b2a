"""Connects the desk to a vault: looks whether what was given is good, and only then keeps it, each in its place.

Rule: what the desk logs in with goes into `<home>/keys/vault` and nowhere else; an administrator's token nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import ValidationError

from checkpoints.core.errors import Countersign, Refused
from checkpoints.settings import Settings
from to_tools.up.remembering import remember

if TYPE_CHECKING:
    from checkpoints.credentials.vault import Vault
    from checkpoints.credentials.vault.keys import VaultKeys

MOUNT = "countersign"
NO_VAULT = "This desk has no vault but the embedded file. Connect one: countersign vault set-up, or connect"


@dataclass(frozen=True)
class Where:
    """A vault: its address, the mount for the desk, and who signed its certificate where the system doesn't know."""

    url: str
    mount: str
    ca: Path | None


def where(settings: Settings, url: str, mount: str, ca: Path | None) -> Where:
    """What was said, and for the rest what is set. Raises Refused for what could be no setting."""
    try:
        told = Settings(
            home=settings.home,
            vault_url=(url or settings.vault_url).rstrip("/"),
            vault_mount=mount or settings.vault_mount,
            vault_ca=ca.resolve() if ca else settings.vault_ca,
        )
    except ValidationError:
        raise Refused(
            "A vault's address is https://HOST:PORT, its mount letters, digits and dashes. Nothing was kept."
        ) from None
    if not told.vault_url:
        raise Refused("Which vault? Say its address: --url https://vault.example.com:8200. Nothing was kept.")
    if told.vault_ca and not told.vault_ca.is_file():
        raise Refused(f"{told.vault_ca} is no file. Nothing was kept.")
    return Where(told.vault_url, told.vault_mount, told.vault_ca)


def set_up(settings: Settings, known: Where, token: str) -> VaultKeys:
    """All that the desk needs there, with an administrator's token. Raises Refused, Unavailable."""
    from checkpoints.credentials.vault import setting_up
    from checkpoints.credentials.vault.calls import Server
    from checkpoints.credentials.vault.policies import TOKEN

    if not TOKEN.fullmatch(token):
        raise Refused("That is no token of a vault's. Nothing was set up.")
    admin = setting_up.Administrator(Server(known.url, known.ca), token)
    return setting_up.set_up(admin, known.mount, [origin(settings.page_url)])


def keys(role_id: str, secret_id: str) -> VaultKeys:
    """What somebody pasted."""
    from checkpoints.credentials.vault.keys import VaultKeys

    return VaultKeys(role_id.strip(), secret_id.strip())


def keep(settings: Settings, known: Where, given: VaultKeys) -> None:
    """It is logged in with once, and only then kept. Raises Refused, Unavailable."""
    from checkpoints.credentials.vault import keys as files
    from checkpoints.credentials.vault.calls import Server
    from checkpoints.credentials.vault.login import log_in

    log_in(Server(known.url, known.ca), given)
    files.write(settings.vault_keys, given)
    remember(settings, "vault_url", known.url)
    remember(settings, "vault_mount", None if known.mount == MOUNT else known.mount)
    remember(settings, "vault_ca", str(known.ca) if known.ca else None)


def vault(settings: Settings) -> Vault:
    """The one that is set. Raises Refused where none is."""
    from checkpoints.credentials.vault import Vault

    if not settings.vault_url:
        raise Refused(NO_VAULT)
    return Vault(settings.vault_url, settings.vault_mount, settings.vault_keys, settings.vault_ca)


def left_behind(settings: Settings) -> tuple[str, ...]:
    """Where something still lies in the embedded file, though there is a vault by now. Raises Unavailable."""
    from checkpoints.credentials.embedded import Embedded

    old = Embedded(settings.home)
    return old.paths() if settings.vault_url and old.file.exists() else ()


def at_start(settings: Settings) -> Iterator[str]:
    """What is to be said when the desk starts: a vault that doesn't answer keeps none from starting."""
    if not settings.vault_url:
        return
    try:
        vault(settings).login.call("read", "sys/audit")
        yield f"{settings.vault_url}, mount {settings.vault_mount}"
    except Countersign as no:
        yield f"{settings.vault_url}: {no}"
    try:
        if left := left_behind(settings):
            yield f"{len(left)} still in the embedded file; move them: .venv/bin/countersign vault move"
    except Countersign as no:
        yield f"the embedded file: {no}"


def origin(url: str) -> str:
    """What a browser calls itself that has this page open."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def in_the_clear(url: str) -> bool:
    """Whether what is said to it can be read on its way."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost")
