"""The door to the vault, for the script of the pages where a credential is given or rotated: told once, in an answer.

Rule: it comes without the secret fields, and a refusal goes to the script, so that what was typed stays typed.
"""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from checkpoints.actions.credentials import entrusting
from checkpoints.actions.credentials.entrusting import Entrance
from checkpoints.actions.credentials.life import rotating
from checkpoints.actions.people import proving
from checkpoints.core.errors import Refused
from checkpoints.store.desk import Desk
from to_tools.page.answering import BLANK
from to_tools.page.checkpoint import NOTHING, Typed
from to_tools.page.credentials.giving import VERB, held_in, press_of
from to_tools.page.credentials.lives import ROTATE, proven, seen_in
from to_tools.page.forms import Form, Junk
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk, Visitor

router = APIRouter(prefix="/checkpoints/{case}/{number}")


@router.post("/credential/door")
def open_door(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> JSONResponse:
    label, held = f"{case}/{number}", held_in(_without_values(form))
    press, code = press_of(request, desk, visitor, VERB, label, form, _said)
    if code:
        # By itself: what was proven holds though no door is opened.
        proving.prove(desk, visitor.person, code)
    return _told(entrusting.open_door(desk, visitor.person, press, held.read()))


@router.post("/credential/rotate/door")
def open_next(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> JSONResponse:
    """The same for the next value of one that was given."""
    label, code = f"{case}/{number}", _without_values(form).pop("code", "")
    seen = seen_in(form)
    proven(request, desk, visitor, Typed(ROTATE), label, code, _said)
    return _told(rotating.open_door(desk, visitor.person, label, seen))


def _without_values(form: Form) -> Form:
    """The same. Raises Junk where a value came along."""
    if any(name.startswith(BLANK) for name in form):
        raise Junk("What is given is no part of this form. Nothing was recorded. Open the page again.")
    return form


def _told(entrance: Entrance | None) -> JSONResponse:
    if entrance is None:
        raise Refused("This vault has no door for a browser. Nothing was given.")
    return JSONResponse({"lies_at": entrance.path, "address": entrance.door.address, "token": entrance.door.token})


def _said(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    label: str,
    *,
    status: int = 422,
    refusal: str = "",
    typed: Typed = NOTHING,
) -> JSONResponse:
    """A refusal, for the script to show."""
    return JSONResponse({"refused": refusal}, status)
