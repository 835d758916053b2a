"""The vault's own audit: whether it keeps one, and what it calls a value there, for whoever holds the value."""

from checkpoints.core.errors import Unavailable
from checkpoints.credentials.vault import Vault
from checkpoints.credentials.vault.calls import No

NO_AUDIT = "the vault keeps no audit: it could show nobody who read what. Whoever runs it enables an audit device"


def devices(vault: Vault) -> tuple[str, ...]:
    """Those that are enabled, by name; none is worth saying loudly (NO_AUDIT). Raises Unavailable."""
    return vault.audited()


def hashed(vault: Vault, device: str, value: str) -> str:
    """What stands in that device's lines in place of the value (hmac-sha256:…). Raises Unavailable."""
    try:
        found = vault.login.call("write", f"sys/audit-hash/{device}", {"input": value}).get("data")
    except No:
        found = None
    called = found.get("hash") if isinstance(found, dict) else None
    if not isinstance(called, str):
        raise Unavailable("The vault doesn't say what it calls this in its audit. Nothing was changed.")
    return called
