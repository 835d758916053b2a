"""Who came by a link: its token, verified at every request, and this browser's nonce, which a form has to bring back.

Rule: opening gives a browser its nonce and changes nothing; a press without it is some program's, not a person's.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from checkpoints.actions.people.by_link import opening
from checkpoints.actions.people.by_link.linking import DOOR
from checkpoints.core.errors import NotFound, NotYourCall, Refused
from checkpoints.store.desk import Desk
from to_tools import identity
from to_tools.page.forms import Form
from to_tools.page.who.session import OwnForm, TheDesk, Visitor

ENDED = (
    "This link is not good (any more): it was taken back, its time is over, or it is not whole. Nothing was recorded. "
    "Copy it whole from the mail, or ask whoever you work with here for a new one."
)
UNSIGNED = (
    "This page was opened in another way, or too long ago. Nothing was recorded. Open the link again and repeat it."
)
NONCE = re.compile(r"[A-Za-z0-9_-]{43}")
LASTS = 24 * 60 * 60
"""Seconds that a browser keeps its nonce."""


@dataclass(frozen=True)
class Guest(Visitor):
    """Whoever came by a link of theirs. `label`: the question; `card`: an opaque name of the link for its forms.

    `nonce` is this browser's, `fresh` when it is to be given to it.
    """

    label: str
    card: str
    path: str
    nonce: str
    fresh: bool


def guest(request: Request, desk: TheDesk, token: str) -> Guest:
    """Raises NotFound for a token that opens no link now."""
    try:
        person = identity.by_link(desk, token)
    except NotYourCall:
        if request.method == "POST" and (ended := opening.known(desk, token)):
            request.state.changing = (ended.person, "answer by a link that ended", ended.label)
        raise NotFound(ENDED) from None
    kept = request.cookies.get(cookie_name(desk), "")
    fresh = NONCE.fullmatch(kept) is None
    nonce = secrets.token_urlsafe(32) if fresh else kept
    found = Guest(
        person,
        derived(token, f"form {nonce}"),
        label=opening.label(desk, person),
        card=derived(token, "card"),
        path=f"{DOOR}{token}",
        nonce=nonce,
        fresh=fresh,
    )
    request.state.guest = found
    return found


TheGuest = Annotated[Guest, Depends(guest)]


def signed_form(request: Request, guest: TheGuest, form: OwnForm) -> Form:
    """A form that was drawn for this link in this browser. Raises Refused, and NotFound for another link's."""
    # From here on a refusal is written to the audit.
    request.state.changing = (guest.person.name, "answer by a link", guest.label)
    if form.pop("card", "") != guest.card:
        raise NotFound("That is another link's form. Nothing was recorded. Open your link again.")
    token = form.pop("form_token", "")
    if guest.fresh or not hmac.compare_digest(token.encode(), guest.form_token.encode()):
        raise Refused(UNSIGNED)
    return form


GuestForm = Annotated[Form, Depends(signed_form)]


def welcome(response: Response, desk: Desk, guest: Guest) -> None:
    """Gives the browser its nonce, for this link's page alone."""
    response.set_cookie(
        cookie_name(desk),
        guest.nonce,
        max_age=LASTS,
        path=guest.path,
        httponly=True,
        samesite="strict",
        secure=desk.page_url.startswith("https:"),
    )


def cookie_name(desk: Desk) -> str:
    """One a port, as the page's own."""
    return f"countersign-link-{urlsplit(desk.page_url).port or 'page'}"


def derived(token: str, what: str) -> str:
    """64 hex digits that only whoever has the link can make, and that don't give it away."""
    return hmac.new(token.encode(), what.encode(), hashlib.sha256).hexdigest()
