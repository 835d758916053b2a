"""Who is at the page: the cookie's token, verified at every request, and the form token that is bound to it.

Rule: no session is stored here; whoever has no token that holds now is nobody.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from checkpoints.actions.people import joining
from checkpoints.core.errors import NotYourCall
from checkpoints.core.from_outside.addresses import lies_in, read_address
from checkpoints.core.model import Person
from checkpoints.store.desk import Desk
from to_tools import identity
from to_tools.page.forms import Form, Junk, read_form

PAGE = "page"
TO_ENROL = ("/second-factor", "/sign-out", "/live")
"""Where somebody gets who may only enrol a second factor yet; the last tells nothing but that something moved."""


class NotSignedIn(NotYourCall):
    """Nobody is signed in; the page says how to get a link."""


class MustEnrol(NotYourCall):
    """Signed in by a password alone, as a technical operator: only to enrol a second factor."""


@dataclass(frozen=True)
class Visitor:
    """Who is signed in. `form_token` must come back with each form of theirs."""

    person: Person
    form_token: str


def the_desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(the_desk)]


def visitor(request: Request, desk: TheDesk) -> Visitor:
    """Raises NotSignedIn, also for a token that was made for another way than the page; MustEnrol."""
    token = request.cookies.get(cookie_name(desk), "")
    try:
        person = identity.verify(desk, token, address_of(request, desk.trusted_proxy))
    except NotYourCall as wrong:
        raise NotSignedIn(str(wrong)) from None
    if person.way != PAGE:
        raise NotSignedIn("This token is not for the page. Get a link with: countersign sign-in")
    if person.scope == "enrol" and not request.url.path.startswith(TO_ENROL):
        raise MustEnrol("Enrol a second factor first: a technical operator always has one. Nothing was recorded.")
    found = Visitor(person, _form_token(token))
    request.state.visitor = found
    return found


def address_of(request: Request, trusted_proxy: str) -> str:
    """Where a browser comes from: the other end of the connection. Anybody can write a forwarded header.

    Only that of the proxy which a setting names is believed, and of it the last address, which that proxy wrote;
    without it nobody knows.
    """
    peer = read_address(request.client.host) if request.client else ""
    if not trusted_proxy or not lies_in(peer, (trusted_proxy,)):
        return peer
    lines = request.headers.getlist("x-forwarded-for")
    return read_address(lines[-1].rpartition(",")[2]) if lines else ""


SignedIn = Annotated[Visitor, Depends(visitor)]


def own_form(request: Request, form: Annotated[Form, Depends(read_form)]) -> Form:
    """A form that this page drew, not another site's. Raises Junk."""
    check_site(request)
    return form


def check_site(request: Request) -> None:
    """Raises Junk for what another site's page sent."""
    # Browsers send `Origin: null` under our no-referrer policy, so Sec-Fetch-Site decides where there is one.
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "null")
    foreign = site != "same-origin" if site else origin not in ("null", _own_origin(request))
    if foreign:
        raise Junk("This came from another site. Nothing was recorded. Open the page itself and try again.")


def signed_form(visitor: SignedIn, form: Annotated[Form, Depends(own_form)]) -> Form:
    """A form that this page drew for this person in this session. Raises Junk."""
    check_token(visitor, form.pop("form_token", ""))
    return form


def check_token(visitor: Visitor, token: str) -> None:
    """Raises Junk for a form that was not drawn for this person in this session."""
    if not hmac.compare_digest(token.encode(), visitor.form_token.encode()):
        raise Junk("This form is from another sign-in. Nothing was recorded. Open the page again and repeat it.")


OwnForm = Annotated[Form, Depends(own_form)]
SignedForm = Annotated[Form, Depends(signed_form)]


def begin(response: Response, desk: Desk, token: str) -> None:
    """Gives the browser its token for the page."""
    response.set_cookie(
        cookie_name(desk),
        token,
        max_age=int(joining.LASTS["page"].total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=desk.page_url.startswith("https:"),
    )


def end(response: Response, desk: Desk) -> None:
    response.delete_cookie(cookie_name(desk), path="/", httponly=True, samesite="strict")


def cookie_name(desk: Desk) -> str:
    """One a port: a browser sends a host's cookies to all its ports, and two desks may run on a laptop."""
    return f"countersign-{urlsplit(desk.page_url).port or 'page'}"


def _form_token(token: str) -> str:
    return hmac.new(token.encode(), b"a form of the page", hashlib.sha256).hexdigest()


def _own_origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}"
