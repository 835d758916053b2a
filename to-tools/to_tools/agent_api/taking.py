"""`POST /v1/requests/LABEL/take`, `/done` and `/alarm`: what an agent opens its credential with, and what came of it.

Rule: what is handed over opens once, within a minute, at the vault itself; it is in no log, and no secret passes here.
"""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from checkpoints.actions.from_outside.agents import taking
from checkpoints.core.model import Json
from to_tools.agent_api.following import shown
from to_tools.agent_api.hands import Hands
from to_tools.agent_api.reading import Words, read_object, words
from to_tools.agent_api.who import TheAgent, TheDesk, came_from

UUIDS = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

router = APIRouter(prefix="/requests/{case}/{number}")
Said = Annotated[dict[str, Json], Depends(read_object)]


class Nothing(Words):
    """There is nothing to say."""


class Alarm(Words):
    """Which handing over failed, and how."""

    ticket: str = Field(pattern=UUIDS)
    why: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")


@router.post("/take")
async def take(request: Request, desk: TheDesk, agent: TheAgent, said: Said, case: str, number: str) -> JSONResponse:
    words(Nothing, said)
    hands: Hands = request.app.state.hands
    hand = partial(hands.hand, came_from=came_from(request))
    taken = await run_in_threadpool(taking.take, desk, agent, f"{case}/{number}", hand)
    handed, vault = taken.handed, hands.vault
    told: dict[str, Json] = {"ticket": str(taken.ticket), "vault": vault.address, "mount": vault.mount, "ca": vault.ca}
    told["namespace"] = vault.namespace
    told |= {"path": handed.path, "token": handed.token, "made_at": handed.made_at, "role": handed.role}
    return JSONResponse(told | {"plain": dict(taken.plain)})


@router.post("/done")
async def done(desk: TheDesk, agent: TheAgent, said: Said, case: str, number: str) -> JSONResponse:
    words(Nothing, said)
    label = f"{case}/{number}"
    await run_in_threadpool(taking.done, desk, agent, label)
    return JSONResponse(await run_in_threadpool(shown, desk, agent, label))


@router.post("/alarm")
async def alarm(request: Request, desk: TheDesk, agent: TheAgent, said: Said, case: str, number: str) -> JSONResponse:
    what, label = words(Alarm, said), f"{case}/{number}"
    hands: Hands = request.app.state.hands
    await run_in_threadpool(taking.alarm, desk, agent, label, UUID(what.ticket), what.why, hands.alarm)
    return JSONResponse(await run_in_threadpool(shown, desk, agent, label))
