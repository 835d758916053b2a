"""The page of a link: the question and the project as their client sees them, and the client's answer.

Rule: a GET shows; a POST of a form that was drawn here acts, on exactly what was seen.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints.actions import reading
from checkpoints.actions.people.by_link import answering, opening, proving
from checkpoints.actions.people.by_link.linking import DOOR
from checkpoints.actions.people.by_link.opening import Opened
from checkpoints.core.fields import secrets_of
from checkpoints.core.model import Verdict
from checkpoints.store.desk import Desk
from to_tools.page.answering import BLANK, Trying, verdict_of
from to_tools.page.checkpoint import NOTHING, Typed
from to_tools.page.drawn.drawing import draw
from to_tools.page.forms import take
from to_tools.page.who.by_link.guest import Guest, GuestForm, TheGuest, welcome
from to_tools.page.who.session import TheDesk, Visitor

ASK_CODE = "ask for a code"

router = APIRouter(prefix=f"{DOOR}{{token}}")


@router.get("")
def show(request: Request, desk: TheDesk, guest: TheGuest) -> Response:
    return draw_link(request, desk, guest, guest.label)


@router.post("/answer")
def answer(request: Request, desk: TheDesk, guest: TheGuest, form: GuestForm) -> RedirectResponse:
    fields = {name.removeprefix(BLANK): form.pop(name) for name in list(form) if name.startswith(BLANK)}
    code = form.pop("code", "") if form.get("verdict") == Verdict.APPROVE else ""
    verb, digest, note = take(form, "verdict", "subject", "note")
    verdict = verdict_of(verb)
    _try(request, guest, Typed(verb, note, fields))
    answering.answer(desk, guest.person, verdict, digest, fields, note, code)
    return RedirectResponse(guest.path, status_code=303)


@router.post("/code")
def code(request: Request, desk: TheDesk, guest: TheGuest, form: GuestForm) -> RedirectResponse:
    take(form)
    _try(request, guest, Typed(ASK_CODE))
    proving.ask(desk, guest.person)
    return RedirectResponse(f"{guest.path}#answer", status_code=303)


def draw_link(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    label: str,
    *,
    status: int = 200,
    refusal: str = "",
    typed: Typed = NOTHING,
) -> Response:
    """The whole page; that it was changed, and nothing else, once it is about another revision."""
    assert isinstance(visitor, Guest)
    opened = opening.look(desk, visitor.person)
    if opened is None:
        response = draw(request, "by_link/changed.html", status, refusal=refusal)
    else:
        response = draw(
            request,
            "by_link/question.html",
            status,
            guest=visitor,
            opened=opened,
            point=opened.point,
            card=opened.card,
            now=reading.now(desk),
            gives=bool(secrets_of(opened.point.request.fields)),
            filled=_filled(opened, typed.fields),
            refusal=refusal,
            wrong=_wrong(opened, refusal),
            typed=typed,
        )
    welcome(response, desk, visitor)
    return response


def _try(request: Request, guest: Guest, typed: Typed) -> None:
    """A refusal is drawn on the page, and what was typed is shown again."""
    request.state.trying = Trying(guest, guest.label, typed, draw_link)


def _filled(opened: Opened, typed: Mapping[str, str]) -> dict[str, str]:
    """What is in the blanks at first: what an earlier approver chose, else the defaults."""
    point = opened.point
    chosen = point.counting[-1].fields if point.counting else {}
    return {blank.name: chosen.get(blank.name, blank.default or "") for blank in opened.card.fields} | dict(typed)


def _wrong(opened: Opened, refusal: str) -> str:
    named = refusal.partition(":")[0]
    return named if named in {blank.name for blank in opened.card.fields} else ""
