"""Through a vault's door, from the person's side: one request, straight to the vault.

Rule: neither a value nor the token is in a message, and nothing of the environment (proxies, .netrc) is asked.
"""

from collections.abc import Mapping
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, create_default_context

import httpx

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.work.services.handing import Door

SECONDS = 10.0


def write(door: Door, values: Mapping[str, str]) -> None:
    """Puts the values where the door leads, where nothing lies yet.

    Raises Unavailable, Refused: nothing was kept, or it is forgotten within minutes.
    """
    try:
        with httpx.Client(verify=_trusted(door), trust_env=False, follow_redirects=False, timeout=SECONDS) as client:
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


def _trusted(door: Door) -> SSLContext:
    """To read all that a system trusts takes longer than the request; in the clear nobody is trusted."""
    if not door.address.startswith("https:"):
        return SSLContext(PROTOCOL_TLS_CLIENT)
    return create_default_context(cafile=str(door.ca) if door.ca else None)
