"""A person's own second factor on the page: enrol it, confirm it by its first code, its recovery codes, remove it.

Rule: the seed is drawn for whoever enrols it, until it is confirmed; recovery codes in one answer, and never again.
"""

import io
import re
from typing import Annotated

import segno
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints.actions.people import proving
from checkpoints.actions.people.accounts import recovering
from checkpoints.core.errors import Refused
from checkpoints.core.view import named
from to_tools.page.drawn.drawing import draw
from to_tools.page.forms import take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk

HERE = "/second-factor"
SLUG = re.compile(r"[a-z0-9-]{1,100}")
Answering = Annotated[str, Query(max_length=200)]
"""The checkpoint that they were answering when they came here, as `case/number`; empty when it was none."""

router = APIRouter(prefix=HERE)


@router.get("")
def show(request: Request, desk: TheDesk, visitor: SignedIn, answering: Answering = "") -> Response:
    standing = proving.standing(desk, visitor.person)
    return draw(
        request,
        "signing/second_factor.html",
        answering=_label(answering),
        enrolled=standing.enrolled,
        proved=standing.proved,
        left=recovering.left(desk, visitor.person),
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
def enrol(desk: TheDesk, visitor: SignedIn, form: SignedForm, answering: Answering = "") -> RedirectResponse:
    (code,) = take(form, "code")
    proving.enrol(desk, visitor.person, code)
    return _back(answering)


@router.post("/confirm")
def confirm(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, answering: Answering = ""
) -> Response:
    """Not a redirect: the recovery codes are in this answer, and nowhere else."""
    (code,) = take(form, "code")
    return _codes(request, proving.confirm(desk, visitor.person, code), answering)


@router.post("/codes")
def codes(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, answering: Answering = "") -> Response:
    (code,) = take(form, "code")
    if code:
        proving.prove(desk, visitor.person, code)
    return _codes(request, recovering.renew(desk, visitor.person), answering)


@router.post("/prove")
def prove(desk: TheDesk, visitor: SignedIn, form: SignedForm, answering: Answering = "") -> RedirectResponse:
    (code,) = take(form, "code")
    proving.prove(desk, visitor.person, code)
    return _back(answering)


@router.post("/remove")
def remove(desk: TheDesk, visitor: SignedIn, form: SignedForm) -> RedirectResponse:
    (code,) = take(form, "code")
    proving.end(desk, visitor.person, code)
    return _back()


def _codes(request: Request, made: tuple[str, ...], answering: str) -> Response:
    return draw(request, "signing/codes.html", codes=made, answering=_label(answering))


def _back(answering: str = "") -> RedirectResponse:
    label = _label(answering)
    return RedirectResponse(f"{HERE}?answering={label}" if label else HERE, status_code=303)


def _label(word: str) -> str:
    """What it names, never another address. Whatever names no checkpoint is none."""
    try:
        slug, number = named(word)
    except Refused:
        return ""
    return f"{slug}/{number}" if SLUG.fullmatch(slug) else ""
