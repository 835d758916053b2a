"""`request_credential`: asked once, waited for as long as it takes, through restarts of the desk and of the agent."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from countersign.credential import Credential
from countersign.errors import ChangesWanted, NotApproved, Unavailable
from countersign.keeping import Kept, key_for
from countersign.reporting import settled
from countersign.speaking import Desk, Json

WAIT_S = 30
OVER = ("rejected", "expired", "withdrawn", "void")


async def request_credential(
    project_id: str,
    service: str,
    credential_type: str = "api_key",
    expires_in_minutes: int | None = 30,
    *,
    scope: str = "",
    addresses: Sequence[str] = (),
    uses: int | None = None,
    why: str = "",
    url: str = "",
    token: str = "",
    key: str = "",
    state: Path | None = None,
    wait_s: float | None = None,
    patience_s: float = 300.0,
) -> Credential:
    """The credential, once a person has given it; `await credential.read()` opens it.

    `addresses` (networks) and `uses` are what the vault is to hold this agent to. `url` and `token`: else
    COUNTERSIGN_AGENTS_URL and COUNTERSIGN_AGENT_TOKEN. `key`: the caller's own idempotency key; without one it is kept
    in `state` (else COUNTERSIGN_STATE, or the user's state folder) until the question is over. `wait_s`: so long at
    most (None: for as long as it takes), `patience_s`: so long the desk may be away at a time.

    Raises NotApproved (ChangesWanted, when a person asks for something else), Refused, Unavailable: then call again.
    """
    desk = Desk.told(url, token, patience_s)
    body = _body(project_id, service, credential_type, expires_in_minutes, scope, addresses, uses, why)
    await settled(desk)
    deadline = None if wait_s is None else asyncio.get_running_loop().time() + wait_s
    kept = key_for(desk.url, desk.token, body, key, state)
    told = await _decided(desk, body, kept, deadline)
    if not told["opens"] and not key:
        # What was asked before is over: this is another question.
        kept.over()
        kept = key_for(desk.url, desk.token, body, key, state)
        told = await _decided(desk, body, kept, deadline)
    ends = datetime.fromisoformat(str(told["ends_at"])) if told["ends_at"] else None
    return Credential(str(told["request"]), service, ends, desk, kept)


async def _decided(desk: Desk, body: Mapping[str, Json], kept: Kept, deadline: float | None) -> dict[str, Json]:
    """How it stands once it is approved. Raises NotApproved, Unavailable."""
    told = await desk.post("/v1/credential-requests", body, {"idempotency-key": kept.key})
    while (told := await _current(desk, told))["state"] != "approved":
        _check(told, kept)
        left = WAIT_S if deadline is None else int(deadline - asyncio.get_running_loop().time())
        if left <= 0:
            raise Unavailable(f"{told['request']} is not decided yet: {told['page']}. Call again: it stays asked.")
        told = await desk.get(f"/v1/requests/{told['request']}", max(1, min(WAIT_S, left)))
    return told


def _body(
    project_id: str,
    service: str,
    credential_type: str,
    minutes: int | None,
    scope: str,
    addresses: Sequence[str],
    uses: int | None,
    why: str,
) -> dict[str, Json]:
    body: dict[str, Json] = {"project_id": project_id, "service": service, "credential_type": credential_type}
    body |= {"expires_in_minutes": minutes, "scope": scope, "addresses": list(addresses), "uses": uses, "why": why}
    return body


async def _current(desk: Desk, told: Mapping[str, Json]) -> dict[str, Json]:
    """The number under which it was asked last: a person may have opened it anew."""
    again = told.get("asked_again_as")
    return await desk.get(f"/v1/requests/{again}") if again else dict(told)


def _check(told: Mapping[str, Json], kept: Kept) -> None:
    """Raises NotApproved once it will not be."""
    state, note, label = str(told["state"]), str(told["note"]), told["request"]
    if state == "changing":
        raise ChangesWanted(f"{label}: a person asks for something else: {note}", state, note)
    if state in OVER:
        kept.over()
        by = f" by {told['decided_by']}" if told.get("decided_by") else ""
        raise NotApproved(f"{label} was {state}{by}: {note}", state, note)
