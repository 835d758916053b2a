"""Through a vault's door, from the person's side: one request, straight to the vault.

Rule: neither a value nor the token is in a message, and nothing of the environment (proxies, .netrc) is asked.
"""

from collections.abc import Mapping
from pathlib import Path
from ssl import SSLContext, create_default_context

import httpx

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.work.services.handing import Door

SECONDS = 10.0


def write(door: Door, values: Mapping[str, str], ca: Path | None = None) -> None:
    """Puts the values where the door leads, where nothing lies yet. `ca`: who signed the vault's certificate.

    Raises Unavailable, Refused: nothing was kept, or it is forgotten within minutes.
    """
    try:
        with httpx.Client(verify=_trusted(ca), trust_env=False, follow_redirects=False, timeout=SECONDS) as client:
            answer = client.post(
                door.address,
                headers={"X-Vault-Token": door.token},
                json={"data": dict(values), "options": {"cas": 0}},
            )
    except (httpx.HTTPError, OSError) as wrong:
        raise Unavailable(
            f"The vault can't be reached ({type(wrong).__name__}). Nothing was given; try again."
        ) from None
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Unavailable(f"The vault is out of order ({answer.status_code}). Nothing was given; try again.")
    if not answer.is_success:
        raise Refused(f"The vault did not take it ({answer.status_code}). Nothing was given.")


def _trusted(ca: Path | None) -> SSLContext:
    return create_default_context(cafile=str(ca) if ca else None)
