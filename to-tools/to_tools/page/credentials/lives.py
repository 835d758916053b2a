"""The page of one credential: how it lives, and the forms by which a person changes that, each with a code.

Rule: as where one is given, a secret is in no page that is drawn, and in no refusal.
"""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints.actions.credentials.life import looking, narrowing, reissuing, retiring, revoking, rotating
from checkpoints.actions.people import proving
from checkpoints.core.fields import secrets_of
from checkpoints.core.model import Person
from checkpoints.core.work.services.asking import typed as restrictions
from checkpoints.core.work.services.shapes import has_lines
from checkpoints.store.desk import Desk
from to_tools.page.answering import BLANK, Trying
from to_tools.page.checkpoint import NOTHING, Typed
from to_tools.page.drawn.drawing import draw
from to_tools.page.forms import Form, take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk, Visitor

router = APIRouter(prefix="/checkpoints/{case}/{number}/credential")


@router.get("/lives")
def show(request: Request, desk: TheDesk, visitor: SignedIn, case: str, number: str) -> Response:
    return draw_lives(request, desk, visitor, f"{case}/{number}")


@router.post("/revoke")
def revoke(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label, code = f"{case}/{number}", form.pop("code", "")
    (because,) = take(form, "because")
    _proven(request, desk, visitor, Typed("revoke the credential", because), label, code)
    revoking.revoke(desk, visitor.person, label, because)
    return _back(label)


@router.post("/narrow")
def narrow(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label, code = f"{case}/{number}", form.pop("code", "")
    held = take(form, "addresses", "minutes", "uses")
    fields = dict(zip(("addresses", "minutes", "uses"), held, strict=True))
    _proven(request, desk, visitor, Typed("narrow the credential", "", fields), label, code)
    narrowing.narrow(desk, visitor.person, label, restrictions(*held))
    return _back(label)


@router.post("/rotate")
def rotate(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label, sure, code = f"{case}/{number}", form.pop("sure", "") == "yes", form.pop("code", "")
    values = {name.removeprefix(BLANK): form.pop(name) for name in list(form) if name.startswith(BLANK)}
    take(form)
    _proven(request, desk, visitor, Typed("rotate the credential"), label, code)
    rotating.rotate(desk, visitor.person, label, values, sure)
    return _back(label)


@router.post("/retire")
def retire(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    return _plain(request, desk, visitor, form, f"{case}/{number}", "retire an older value", retiring.retire)


@router.post("/reissue")
def reissue(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label, code = f"{case}/{number}", form.pop("code", "")
    (because,) = take(form, "because")
    _proven(request, desk, visitor, Typed("ask anew for the credential", because), label, code)
    again = reissuing.reissue(desk, visitor.person, label, because)
    return RedirectResponse(f"/checkpoints/{again.label}", status_code=303)


def draw_lives(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    label: str,
    *,
    status: int = 200,
    refusal: str = "",
    typed: Typed = NOTHING,
) -> Response:
    """The page. Raises Refused where no credential was given with this checkpoint."""
    point, told = looking.look(desk, label)
    standing = proving.standing(desk, visitor.person)
    return draw(
        request,
        "credentials/lives.html",
        status,
        point=point,
        told=told,
        fields=secrets_of(point.request.fields),
        lined={field.name for field in point.request.fields if has_lines(field)},
        forever={"revoke": revoking.FOREVER, "narrow": narrowing.FOREVER, "retire": retiring.FOREVER},
        beside=rotating.BESIDE,
        enrolled=standing.enrolled,
        asks=not standing.proved,
        refusal=refusal,
        doubted=refusal.endswith("say that you are sure."),
        typed=typed,
    )


def _plain(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    form: Form,
    label: str,
    verb: str,
    do: Callable[[Desk, Person, str], object],
) -> RedirectResponse:
    code = form.pop("code", "")
    take(form)
    _proven(request, desk, visitor, Typed(verb), label, code)
    do(desk, visitor.person, label)
    return _back(label)


def _proven(request: Request, desk: Desk, visitor: Visitor, typed: Typed, label: str, code: str) -> None:
    """From here on a refusal is written to the audit. A code that came along is proven by itself."""
    request.state.trying = Trying(visitor, label, typed, draw_lives)
    if code.strip():
        proving.prove(desk, visitor.person, code.strip())


def _back(label: str) -> RedirectResponse:
    return RedirectResponse(f"/checkpoints/{label}/credential/lives", status_code=303)
