"""`approve_credential_request`: for a person's own script, with that person's token. An agent's opens nothing here."""

from collections.abc import Mapping, Sequence

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
    url: str = "",
    token: str = "",
    patience_s: float = 30.0,
) -> str:
    """Gives it, which is to approve it; the state that it has then. `request_id` is the desk's number: `project/3`.

    `credential_value`: of its only secret field, or all fields by name. `restrictions`: what its users are held to, as
    far as that is narrower than what was asked: `ip_whitelist` (networks), `minutes`, `uses`. `code`: of the person's
    second factor, where it is needed. `url` and `token`: else COUNTERSIGN_PAGE_URL and COUNTERSIGN_PERSON_TOKEN, a
    token that `countersign sessions make` printed. Raises Refused, Unavailable.
    """
    desk = Desk.told(url, token, patience_s, NAMES)
    held: dict[str, Json] = {}
    for name, value in (restrictions or {}).items():
        held[name] = value if isinstance(value, int) else [value] if isinstance(value, str) else list(value)
    body: dict[str, Json] = {"restrictions": held, "code": code, "note": note, "sure": sure}
    if isinstance(credential_value, str):
        body["value"] = credential_value
    else:
        body["fields"] = dict(credential_value)
    told = await desk.post(f"/api/credential-requests/{request_id}/approve", body, once=True)
    return str(told["state"])
