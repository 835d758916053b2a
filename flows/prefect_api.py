"""Speaks Prefect's REST API for the porter and the shell. Rule: never imports Prefect, which takes three seconds."""

from functools import cache

import httpx

from checkpoints.core.errors import Unavailable
from checkpoints.core.model import Json
from checkpoints.store.desk import Desk

PATIENCE = httpx.Timeout(10, connect=2)


@cache
def _line() -> httpx.Client:
    """Open between calls, a little less long than Prefect's server keeps it: making one takes longer than a call."""
    return httpx.Client(timeout=PATIENCE, limits=httpx.Limits(keepalive_expiry=4))


def call(desk: Desk, verb: str, path: str, body: Json = None) -> dict[str, Json]:
    """The answer's body. Raises Unavailable for anything but a success."""
    answer = _answer(desk, verb, path, body)
    return dict(answer.json()) if answer.content else {}


def call_for_list(desk: Desk, path: str, body: Json) -> list[dict[str, Json]]:
    """What a filter finds. Raises Unavailable."""
    return list(_answer(desk, "POST", path, body).json())


def call_for_count(desk: Desk, path: str, body: Json) -> int:
    """How many a filter finds. Raises Unavailable."""
    return int(_answer(desk, "POST", path, body).json())


def _answer(desk: Desk, verb: str, path: str, body: Json) -> httpx.Response:
    try:
        answer = _line().request(verb, f"{desk.prefect_api_url}{path}", json=body)
    except httpx.TransportError as wrong:
        raise Unavailable(f"Prefect does not answer: {type(wrong).__name__}") from wrong
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise Unavailable(f"Prefect knows no {path.split('/')[1]} of this name or id")
    if answer.is_error:
        raise Unavailable(f"Prefect said {answer.status_code} to {verb} {path.split('/')[1]}")
    return answer
