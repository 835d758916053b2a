"""`POST /v1/credential-requests`: an agent asks for a credential, once a key."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from checkpoints.actions.from_outside.agents import asking
from checkpoints.core.model import Json
from checkpoints.core.work.services.asking import Wanted
from checkpoints.core.work.services.handing import LONGEST_MINUTES, MOST_ADDRESSES, MOST_USES, Restrictions
from checkpoints.core.work.services.known import slug_of
from to_tools.agent_api.following import document
from to_tools.agent_api.reading import Words, read_object, words
from to_tools.agent_api.who import TheAgent, TheDesk
from to_tools.page.forms import Junk

KEY = "idempotency-key"
KEYS = re.compile(r"[A-Za-z0-9._:-]{8,200}")
PLAIN = r"^[^\x00-\x1f\x7f]*$"

router = APIRouter()


class CredentialRequest(Words):
    """The seed's words, and what its users are to be held to."""

    project_id: str = Field(min_length=1, max_length=50, pattern=r"^[a-z0-9-]+$")
    credential_type: str = Field(default="api_key", max_length=40, pattern=r"^[a-z_]+$")
    service: str = Field(min_length=1, max_length=60, pattern=PLAIN)
    expires_in_minutes: int | None = Field(default=None, ge=1, le=LONGEST_MINUTES)
    scope: str = Field(default="", max_length=200, pattern=PLAIN)
    addresses: list[Annotated[str, Field(max_length=50)]] = Field(default=[], max_length=MOST_ADDRESSES)
    uses: int | None = Field(default=None, ge=1, le=MOST_USES)
    why: str = Field(default="", max_length=2_000)


@router.post("/credential-requests")
async def ask(
    request: Request, desk: TheDesk, agent: TheAgent, said: Annotated[dict[str, Json], Depends(read_object)]
) -> JSONResponse:
    key, wanted = _key(request), words(CredentialRequest, said)
    if not slug_of(wanted.service):
        raise Junk("service: it has neither letters nor digits.")
    asked = await run_in_threadpool(asking.ask, desk, agent, key, said, _wanted(wanted, agent.signs))
    return JSONResponse(document(desk, asked), 202)


def _key(request: Request) -> str:
    """Raises Junk."""
    given = request.headers.getlist(KEY)
    if len(given) != 1 or not KEYS.fullmatch(given[0]):
        raise Junk("The header Idempotency-Key is missing, or is not 8 to 200 of A-Z, a-z, 0-9, and . _ : -")
    return given[0]


def _wanted(said: CredentialRequest, signs: str) -> Wanted:
    return Wanted(
        project=said.project_id,
        title=said.project_id,
        service=said.service,
        type=said.credential_type,
        scope=said.scope,
        restrictions=Restrictions(tuple(said.addresses), said.expires_in_minutes, said.uses),
        agent=signs,
        details=said.why,
        opens=asking.opens(said.uses),
    )
