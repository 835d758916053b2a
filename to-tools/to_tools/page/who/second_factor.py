"""A person's own second factor on the page: enrol it, confirm it by its first code, remove it.

Rule: the seed is drawn for whoever enrols it, until it is confirmed, and never again.
"""

import io

import segno
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints.actions.people import proving
from checkpoints.core.errors import Refused
from to_tools.page.drawn.drawing import draw
from to_tools.page.forms import take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk

HERE = "/second-factor"

router = APIRouter(prefix=HERE)


@router.get("")
def show(request: Request, desk: TheDesk, visitor: SignedIn) -> Response:
    return draw(
        request,
        "signing/second_factor.html",
        enrolled=proving.standing(desk, visitor.person).enrolled,
        enrolling=proving.enrolling(desk, visitor.person),
    )


@router.get("/qr.svg")
def qr(desk: TheDesk, visitor: SignedIn) -> Response:
    enrolling = proving.enrolling(desk, visitor.person)
    if enrolling is None:
        raise Refused("You are not enrolling a second factor now.")
    drawn = io.BytesIO()
    segno.make(enrolling.uri).save(drawn, kind="svg", omitsize=True, dark="#000", light="#fff")
    return Response(drawn.getvalue(), media_type="image/svg+xml")


@router.post("/enrol")
def enrol(desk: TheDesk, visitor: SignedIn, form: SignedForm) -> RedirectResponse:
    (code,) = take(form, "code")
    proving.enrol(desk, visitor.person, code)
    return _back()


@router.post("/confirm")
def confirm(desk: TheDesk, visitor: SignedIn, form: SignedForm) -> RedirectResponse:
    (code,) = take(form, "code")
    proving.confirm(desk, visitor.person, code)
    return _back()


@router.post("/remove")
def remove(desk: TheDesk, visitor: SignedIn, form: SignedForm) -> RedirectResponse:
    (code,) = take(form, "code")
    proving.end(desk, visitor.person, code)
    return _back()


def _back() -> RedirectResponse:
    return RedirectResponse(HERE, status_code=303)
