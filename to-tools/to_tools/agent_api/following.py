"""`GET /v1/requests/LABEL`, and taking it back: how a question stands, told at once or when it has moved."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from checkpoints.actions.from_outside.agents import following
from checkpoints.actions.from_outside.agents.following import Followed
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Verdict
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.agents import Agent
from to_tools.agent_api.reading import Words, read_object, words
from to_tools.agent_api.waiting import Waiting
from to_tools.agent_api.who import TheAgent, TheDesk
from to_tools.page.forms import Junk

LONGEST_WAIT = 60
UNHEARD = (State.ASKED, State.OPEN)
"""While nobody has said anything: that somebody wants something else is news at once."""

router = APIRouter(prefix="/requests/{case}/{number}")


class Withdrawal(Words):
    """Why it is taken back."""

    because: str = Field(min_length=1, max_length=2_000)


@router.get("")
async def follow(request: Request, desk: TheDesk, agent: TheAgent, case: str, number: str) -> JSONResponse:
    label, wait = f"{case}/{number}", _wait(request)
    found = await run_in_threadpool(following.follow, desk, agent, label)
    if wait and found.point.state in UNHEARD:
        waiting: Waiting = request.app.state.waiting
        await waiting.until_moved(found.point.id, found.mark, wait)
        found = await run_in_threadpool(following.follow, desk, agent, label)
    return JSONResponse(document(desk, found))


@router.post("/withdraw")
async def withdraw(
    desk: TheDesk,
    agent: TheAgent,
    said: Annotated[dict[str, Json], Depends(read_object)],
    case: str,
    number: str,
) -> JSONResponse:
    label, why = f"{case}/{number}", words(Withdrawal, said)
    await run_in_threadpool(following.withdraw, desk, agent, label, why.because)
    return JSONResponse(await run_in_threadpool(shown, desk, agent, label), 202)


def shown(desk: Desk, agent: Agent, label: str) -> dict[str, Json]:
    """How it stands now. Raises NotItsOwn."""
    return document(desk, following.follow(desk, agent, label))


def document(desk: Desk, found: Followed) -> dict[str, Json]:
    """What an agent is told of its question: never a value, and of people the name of who decided."""
    point, decision = found.point, found.point.decision
    at = decision.at if decision else None
    return {
        "request": point.label,
        "state": point.state.value,
        "permit": point.permit.value if point.permit else None,
        "decided_by": decision.by if decision else None,
        "decided_at": at.isoformat() if at else None,
        "note": _note(found),
        "expires_at": point.expires_at.isoformat() if point.expires_at and point.waiting else None,
        "ends_at": found.ends_at.isoformat() if found.ends_at else None,
        "opens": found.opens,
        "asked_again_as": found.again,
        "page": f"{desk.page_url}/checkpoints/{point.label}",
    }


def _note(found: Followed) -> str:
    """What whoever decided, or asked for changes, said."""
    point = found.point
    if point.decision is not None and point.state is not State.VOID:
        return point.decision.note or point.because
    asked = [answer.note for answer in point.answers if answer.verdict is Verdict.CHANGES]
    return asked[-1] if point.state is State.CHANGING and asked else point.because


def _wait(request: Request) -> int:
    """Seconds. Raises Junk."""
    query: Mapping[str, str] = request.query_params
    wait = query.get("wait", "0")
    if set(query) - {"wait"} or not (wait.isascii() and wait.isdigit() and len(wait) <= 4):
        raise Junk(f"?wait=SECONDS, at most {LONGEST_WAIT}, is all that can be said here.")
    return min(int(wait), LONGEST_WAIT)
