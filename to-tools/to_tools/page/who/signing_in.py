"""Signing in by a link for one use, or by name and password, and out.

Rule: opening the link changes nothing; previews and scanners open links too.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints.actions.people import joining
from checkpoints.actions.people.accounts import admitting
from checkpoints.core.errors import IllegalMove, NotYourCall
from checkpoints.store.desk import Desk
from to_tools import identity
from to_tools.page.drawn.drawing import draw
from to_tools.page.forms import take
from to_tools.page.who import session

LINK = "sign-in link"
USED = "This link was used before, or it is older than 30 minutes. Get a new one with: countersign sign-in"

router = APIRouter()


@router.get("/sign-in")
def offer(request: Request, token: str = "") -> Response:
    return draw(request, "signing/sign_in.html", token=token, name="", refusal="")


@router.post("/sign-in/password")
def sign_in_by_password(request: Request, desk: session.TheDesk, form: session.OwnForm) -> Response:
    name, password, code, recovery = take(form, "name", "password", "code", "recovery")
    try:
        page_token = admitting.sign_in(desk, name, password, code.strip() or recovery)
    except NotYourCall as no:
        return draw(request, "signing/sign_in.html", 401, token="", name=name, refusal=str(no))
    return _signed_in(desk, page_token)


@router.post("/sign-in")
def sign_in(desk: session.TheDesk, form: session.OwnForm) -> RedirectResponse:
    (token,) = take(form, "token")
    try:
        person = identity.verify(desk, token)
        if person.way != LINK:
            raise session.NotSignedIn("This token is not for signing in. Get a link with: countersign sign-in")
        page_token = joining.exchange(desk, person)
    except IllegalMove:
        raise session.NotSignedIn(USED) from None
    except session.NotSignedIn:
        raise
    except NotYourCall:
        raise session.NotSignedIn(USED) from None
    return _signed_in(desk, page_token)


@router.post("/sign-out")
def sign_out(desk: session.TheDesk, visitor: session.SignedIn, form: session.SignedForm) -> RedirectResponse:
    take(form)
    joining.sign_out(desk, visitor.person)
    response = RedirectResponse("/sign-in", status_code=303)
    session.end(response, desk)
    return response


def _signed_in(desk: Desk, page_token: str) -> RedirectResponse:
    response = RedirectResponse("/", status_code=303)
    session.begin(response, desk, page_token)
    return response
