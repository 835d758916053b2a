"""Where every no is caught, once: its status, its words as JSON, and the line or the count of the try."""

import json
import logging
from contextlib import suppress
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from checkpoints.actions.from_outside.agents import following
from checkpoints.actions.from_outside.agents.admitting import NotItsOwn, NoToken
from checkpoints.core.errors import Countersign, IllegalMove, NotYourCall, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.seeing.redacting import redacted
from checkpoints.store.desk import Desk
from to_tools.page.forms import Junk, TooLarge

AGAIN = "Send the very same again, with the same Idempotency-Key, after a pause."
# The first that fits: a kind of refusal stands before what it is a kind of.
STATUS: tuple[tuple[type[Countersign], int, str], ...] = (
    (NoToken, 401, "Send the token that a person made for this agent, as Authorization: Bearer TOKEN."),
    (NotItsOwn, 403, "Ask in a project that the token is for, and follow what this agent asked itself."),
    (NotYourCall, 403, "Leave it: people decide, at the desk."),
    (IllegalMove, 409, "Look how it stands: GET /v1/requests/LABEL."),
    (TooLarge, 413, "Say it shorter."),
    (Refused, 422, "Correct it, and send it anew under another Idempotency-Key."),
    (Unavailable, 503, AGAIN),
)
NOTHING, UNKNOWN = "nothing", "nobody can say; the very same again finds out"
NOT_HERE = (
    "An agent asks (POST /v1/credential-requests), follows (GET /v1/requests/LABEL), takes back, takes and reports "
    "(POST …/withdraw, …/take, …/done, …/alarm); it answers nothing."
)


def refuse_in(app: FastAPI) -> None:
    """Catches what the routes raise."""
    app.add_exception_handler(Countersign, said_no)
    app.add_exception_handler(SQLAlchemyError, no_database)
    app.add_exception_handler(HTTPException, not_here)
    app.add_exception_handler(RequestValidationError, not_here)
    app.add_exception_handler(Exception, unforeseen)


async def said_no(request: Request, why: Exception) -> Response:
    """Our own no, in the words that it came with."""
    assert isinstance(why, Countersign)
    status, after = next(((number, after) for kind, number, after in STATUS if isinstance(why, kind)), (500, AGAIN))
    if isinstance(why, Junk | NoToken):
        desk: Desk = request.app.state.desk
        # Whoever sent it hears the no also while nothing can be counted.
        with suppress(Countersign, SQLAlchemyError):
            await run_in_threadpool(following.count_junk, desk)
    elif status != 503:
        request.app.state.tried(request, str(why))
    return said(status, str(why), UNKNOWN if status == 503 else NOTHING, after)


def no_database(request: Request, why: Exception) -> Response:
    """No connection was free or could be made."""
    logging.getLogger(__name__).error("No database: %s", type(why).__name__)
    return said(503, "The desk can't reach its database now.", UNKNOWN, AGAIN)


def not_here(request: Request, why: Exception) -> Response:
    """An address or a way of asking that there is not, as one to answer by."""
    status = why.status_code if isinstance(why, HTTPException) else 404
    words = f"There is nothing at this address ({HTTPStatus(status).phrase.lower()})."
    request.app.state.tried(request, words)
    return said(status, words, NOTHING, NOT_HERE)


def unforeseen(request: Request, why: Exception) -> Response:
    """A mistake of ours."""
    return said(500, "Something went wrong here that nobody foresaw; the desk's log has it.", UNKNOWN, AGAIN)


def said(status: int, error: str, kept: str, after: str) -> Response:
    """What an agent hears."""
    # An agent may have put its token anywhere.
    body: dict[str, Json] = {"error": redacted(error), "kept": kept, "next": after}
    return Response(json.dumps(body, ensure_ascii=False) + "\n", status, media_type="application/json")
