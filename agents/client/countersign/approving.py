"""`approve_credential_request`: for a person's own script, with that person's token. An agent's opens nothing here."""

from collections.abc import Mapping, Sequence

from countersign.door import Door, write
from countersign.speaking import Desk, Json

NAMES = ("COUNTERSIGN_PAGE_URL", "COUNTERSIGN_PERSON_TOKEN")


async def approve_credential_request(
    request_id: str,
    credential_value: str | Mapping[str, str],
    restrictions: Mapping[str, Sequence[str] | int] | None = None,
    *,
    code: str = "",
    note: str = "",
    sure: bool = False,
    through_desk: bool = False,
    url: str = "",
    token: str = "",
    patience_s: float = 30.0,
) -> str:
    """Gives it, which is to approve it; the state that it has then. `request_id` is the desk's number: `project/3`.

    The value goes from here straight to the vault, where that is a server; else, or with `through_desk`, through the
    desk's memory. It never does so in silence because the vault can't be reached from here: that is Unavailable.

    `credential_value`: of its only secret field, or all fields by name. `restrictions`: what its users are held to, as
    far as that is narrower than what was asked: `ip_whitelist` (networks), `minutes`, `uses`. `code`: of the person's
    second factor, where it is needed. `url` and `token`: else COUNTERSIGN_PAGE_URL and COUNTERSIGN_PERSON_TOKEN, a
    token that `countersign sessions make` printed. Raises Refused, Unavailable.
    """
    desk = Desk.told(url, token, patience_s, NAMES)
    held: dict[str, Json] = {}
    for name, value in (restrictions or {}).items():
        held[name] = value if isinstance(value, int) else [value] if isinstance(value, str) else list(value)
    asked: dict[str, Json] = {"restrictions": held, "code": code}
    at = f"/api/credential-requests/{request_id}"
    opened = None if through_desk else (await desk.post(f"{at}/door", asked, once=True))["door"]
    # The code counts once; what it proved holds.
    body = asked | {"code": code if through_desk else "", "note": note, "sure": sure}
    if isinstance(opened, dict):
        body |= await _written(Door.of(opened), credential_value, sure)
    elif isinstance(credential_value, str):
        body["value"] = credential_value
    else:
        body["fields"] = dict(credential_value)
    told = await desk.post(f"{at}/approve", body, once=True)
    return str(told["state"])


async def _written(door: Door, given: str | Mapping[str, str], sure: bool) -> dict[str, Json]:
    """What is told of it, once it lies there: where, of which revision, and what isn't secret."""
    secret = door.secrets(given, sure)
    await write(door, secret)
    told: dict[str, Json] = {"lies_at": door.lies_at, "revision": door.revision}
    if isinstance(given, str):
        return told
    return told | {"fields": {name: value for name, value in given.items() if name not in secret}}
