"""Where every no is caught, once: its status, its words, the line or the count of the try, what was typed kept."""

import logging
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from checkpoints.actions.audit import counting, recording
from checkpoints.core.errors import (
    Countersign,
    IllegalMove,
    NeedsFactor,
    NotFound,
    NotYourCall,
    Refused,
    Unavailable,
    WrongCode,
)
from checkpoints.store.desk import Desk
from to_tools.page.answering import Trying
from to_tools.page.credentials import by_script
from to_tools.page.drawn.drawing import draw
from to_tools.page.forms import Junk, TooLarge
from to_tools.page.from_outside import arrivals
from to_tools.page.who.session import MustEnrol, NotSignedIn

# The first that fits: a kind of refusal stands before what it is a kind of.
STATUS: tuple[tuple[type[Countersign], int], ...] = (
    (NotSignedIn, 401),
    (arrivals.NotSigned, 401),
    (NotYourCall, 403),
    (NotFound, 404),
    (IllegalMove, 409),
    (TooLarge, 413),
    (Refused, 422),
    (Unavailable, 503),
)
NOT_RECORDED = "Not recorded: the desk can't reach its database now. Nothing was changed. Try again in a moment."
UNFORESEEN = (
    "Something went wrong here that nobody foresaw; the page's log has it. "
    "Whether your last press was recorded stands on the checkpoint's page."
)


def refuse_in(app: FastAPI) -> None:
    """Catches what the routes raise."""
    app.add_exception_handler(Countersign, said_no)
    app.add_exception_handler(SQLAlchemyError, no_database)
    app.add_exception_handler(HTTPException, not_here)
    app.add_exception_handler(RequestValidationError, not_here)
    app.add_exception_handler(Exception, unforeseen)


def said_no(request: Request, why: Exception) -> Response:
    """Our own no, in the words that it came with."""
    assert isinstance(why, Countersign)
    status = next((number for kind, number in STATUS if isinstance(why, kind)), 500)
    _count(request, why)
    if request.url.path.startswith(arrivals.DOOR):
        return arrivals.no(status, why)
    if request.url.path.startswith(by_script.DOOR):
        return by_script.no(request, status, why)
    if isinstance(why, MustEnrol) and request.method == "GET":
        return RedirectResponse("/second-factor", status_code=303)
    if status == 422 and request.method == "GET":
        status = 404
    trying: Trying | None = getattr(request.state, "trying", None)
    if trying is not None and status != 503:
        desk: Desk = request.app.state.desk
        # The database may go away between the two: then the person still hears the first no.
        with suppress(Countersign, SQLAlchemyError):
            recording.refused(desk, trying.visitor.person.name, trying.typed.verb, trying.label, why)
            return trying.draw(
                request,
                desk,
                trying.visitor,
                trying.label,
                status=status,
                refusal=str(why),
                typed=replace(trying.typed, wrong_code=_wrong_code(why)),
            )
    changing: tuple[str, str, str] | None = getattr(request.state, "changing", None)
    if changing is not None and status != 503:
        with suppress(Countersign, SQLAlchemyError):
            recording.refused(request.app.state.desk, *changing, why)
    return _page(request, status, str(why))


def _count(request: Request, why: Countersign) -> None:
    """Junk, before it was known who tries what with it: a count is all that is kept."""
    if isinstance(why, Junk) and not (hasattr(request.state, "trying") or hasattr(request.state, "changing")):
        # Whoever sent it hears the no also while nothing can be counted.
        with suppress(Countersign, SQLAlchemyError):
            counting.junk(request.app.state.desk)


def _wrong_code(why: Countersign) -> str:
    """What stands at the code's own field. That nothing was recorded stands above it already."""
    return str(why).partition(" Nothing was recorded.")[0] if isinstance(why, WrongCode | NeedsFactor) else ""


def no_database(request: Request, why: Exception) -> Response:
    """No connection was free or could be made."""
    logging.getLogger(__name__).error("No database: %s", type(why).__name__)
    return _page(request, 503, NOT_RECORDED)


def not_here(request: Request, why: Exception) -> Response:
    """An address or a way of asking that the page doesn't have."""
    status = why.status_code if isinstance(why, HTTPException) else 404
    return _page(request, status, f"There is nothing at this address ({HTTPStatus(status).phrase.lower()}).")


def unforeseen(request: Request, why: Exception) -> Response:
    """A mistake of ours."""
    return _page(request, 500, UNFORESEEN)


def _page(request: Request, status: int, words: str) -> Response:
    return draw(request, "refusal.html", status, number=status, words=words)
