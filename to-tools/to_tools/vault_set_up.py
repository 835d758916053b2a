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
from checkpoints.settings.told import from_environment
from to_tools.up.remembering import remember

if TYPE_CHECKING:
    from checkpoints.credentials.vault import Vault
    from checkpoints.credentials.vault.calls import Server
    from checkpoints.credentials.vault.keys import VaultKeys

MOUNT = "countersign"
ROOT = "root"
"""As both servers call what has no namespace; neither lets a namespace be called so."""
NO_VAULT = "This desk has no vault but the embedded file. Connect one: countersign vault set-up, or connect"

SET = ("vault_url", "vault_mount", "vault_ca", "vault_namespace")
NO_SUCH_PLACE = (
    "A vault's address is https://HOST:PORT, its mount letters, digits and dashes, its namespace words with a slash "
    "between: team/desk. Nothing was kept."
)


@dataclass(frozen=True)
class Where:
    """A vault: its address, the mount for the desk, who signed its certificate where the system doesn't know, and the
    namespace, empty for its root."""

    url: str
    mount: str
    ca: Path | None
    namespace: str = ""

    @property
    def server(self) -> Server:
        """As anybody sees it."""
        from checkpoints.credentials.vault.calls import Server

        return Server(self.url, self.ca, namespace=self.namespace)

    @property
    def named(self) -> tuple[str, str, str]:
        """As the audit has it: its address, the mount, the namespace."""
        return self.url, self.mount, self.namespace

    @property
    def words(self) -> str:
        """For people: one line."""
        return f"{self.url}, {f'namespace {self.namespace}, ' if self.namespace else ''}mount {self.mount}"


def where(settings: Settings, url: str, mount: str, ca: Path | None, namespace: str = "") -> Where:
    """What was said, and for the rest what is set. Raises Refused for what could be no setting."""
    try:
        told = Settings(
            home=settings.home,
            vault_url=(url or settings.vault_url).rstrip("/"),
            vault_mount=mount or settings.vault_mount,
            vault_ca=ca.resolve() if ca else settings.vault_ca,
            vault_namespace=_namespace(namespace) if namespace else settings.vault_namespace,
        )
    except ValidationError:
        raise Refused(NO_SUCH_PLACE) from None
    if not told.vault_url:
        raise Refused("Which vault? Say its address: --url https://vault.example.com:8200. Nothing was kept.")
    if told.vault_ca and not told.vault_ca.is_file():
        raise Refused(f"{told.vault_ca} is no file. Nothing was kept.")
    return place(told)


def place(settings: Settings) -> Where:
    """The vault that is set."""
    return Where(settings.vault_url, settings.vault_mount, settings.vault_ca, settings.vault_namespace)


def set_up(settings: Settings, known: Where, token: str) -> VaultKeys:
    """All that the desk needs there, with an administrator's token. Raises Refused, Unavailable."""
    from checkpoints.credentials.vault import setting_up
    from checkpoints.credentials.vault.policies import TOKEN

    if not TOKEN.fullmatch(token):
        raise Refused("That is no token of a vault's. Nothing was set up.")
    admin = setting_up.Administrator(known.server, token)
    return setting_up.set_up(admin, known.mount, [origin(settings.page_url)])


def keys(role_id: str, secret_id: str) -> VaultKeys:
    """What somebody pasted."""
    from checkpoints.credentials.vault.keys import VaultKeys

    return VaultKeys(role_id.strip(), secret_id.strip())


def keep(settings: Settings, known: Where, given: VaultKeys) -> None:
    """It is logged in with once, and only then kept. Raises Refused, Unavailable."""
    from checkpoints.credentials.vault import keys as files
    from checkpoints.credentials.vault.login import log_in

    log_in(known.server, given)
    files.write(settings.vault_keys, given)
    remember(settings, "vault_url", known.url)
    remember(settings, "vault_mount", None if known.mount == MOUNT else known.mount)
    remember(settings, "vault_ca", str(known.ca) if known.ca else None)
    remember(settings, "vault_namespace", known.namespace or None)


def forget(settings: Settings) -> None:
    """Neither the keys nor a setting of it are left: credentials lie in the embedded file from now on."""
    for name in SET:
        remember(settings, name, None)
    settings.vault_keys.unlink(missing_ok=True)


def to_leave(settings: Settings) -> Where:
    """The vault that is set. Raises Refused where none is, or where this can't take it away."""
    if not settings.vault_url:
        raise Refused(NO_VAULT)
    if "vault_url" in from_environment(SET):
        raise Refused("COUNTERSIGN_VAULT_URL says which vault: take it out of the environment. Nothing was changed.")
    return place(settings)


def to_remove(settings: Settings, known: Where) -> Iterator[str]:
    """What a set-up left there, each with the command that takes it away."""
    if known.namespace:
        yield f"export VAULT_NAMESPACE={known.namespace}"
    yield "vault delete auth/approle/role/countersign-desk   # first: then its secret id opens nothing"
    yield "vault policy delete countersign-desk              # and countersign-give-…, where one is left"
    yield "vault delete auth/token/roles/countersign-give"
    yield f"vault secrets disable {known.mount}/   # with all that lies there, of others' too"
    yield f"vault read sys/config/cors   # {origin(settings.page_url)} is in it, at the vault's root"
    if (beside := settings.home / "vault-here").exists():
        yield f"rm -r {beside}   # the vault of `make up VAULT=1`, which connects it again; after `make down`"


def vault(settings: Settings) -> Vault:
    """The one that is set. Raises Refused where none is."""
    from checkpoints.credentials.vault import Vault

    if not settings.vault_url:
        raise Refused(NO_VAULT)
    at = place(settings)
    return Vault(at.url, at.mount, settings.vault_keys, at.ca, namespace=at.namespace)


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
        # Within a namespace nobody may look at its audit.
        vault(settings).login.call("write", "sys/capabilities-self", {"paths": ["sys/audit"]})
        yield place(settings).words
    except Countersign as no:
        yield f"{settings.vault_url}: {no}"
    try:
        if left := left_behind(settings):
            yield f"{len(left)} still in the embedded file; move them: .venv/bin/countersign vault move"
    except Countersign as no:
        yield f"the embedded file: {no}"


def _namespace(said: str) -> str:
    """As a setting has it: `/team/desk/` is team/desk, and `root` none."""
    bare = said.strip("/")
    return "" if bare == ROOT else bare or said


def origin(url: str) -> str:
    """What a browser calls itself that has this page open."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def in_the_clear(url: str) -> bool:
    """Whether what is said to it can be read on its way."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost")
