"""The page of one credential: how it lives, and the forms by which a person changes that, each with a code.

Rule: as where one is given, a secret is in no page that is drawn, and in no refusal.
"""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints.actions.credentials.life import looking, narrowing, reissuing, retiring, revoking, rotating
from checkpoints.actions.people import proving
from checkpoints.core.errors import Refused
from checkpoints.core.fields import secrets_of
from checkpoints.core.model import Person
from checkpoints.core.work.services.asking import typed as restrictions
from checkpoints.core.work.services.shapes import SHAPES
from checkpoints.store.desk import Desk
from to_tools.page.answering import BLANK, Trying
from to_tools.page.checkpoint import NOTHING, Typed
from to_tools.page.credentials.giving import NOT_BOTH, lies_at_in
from to_tools.page.drawn.drawing import draw
from to_tools.page.drawn.reaching import policy
from to_tools.page.forms import Form, Junk, take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk, Visitor

ROTATE = "rotate the credential"

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
    proven(request, desk, visitor, Typed("revoke the credential", because), label, code)
    revoking.revoke(desk, visitor.person, label, because)
    return _back(label)


@router.post("/narrow")
def narrow(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label, code = f"{case}/{number}", form.pop("code", "")
    held = take(form, "addresses", "minutes", "uses")
    fields = dict(zip(("addresses", "minutes", "uses"), held, strict=True))
    proven(request, desk, visitor, Typed("narrow the credential", "", fields), label, code)
    narrowing.narrow(desk, visitor.person, label, restrictions(*held))
    return _back(label)


@router.post("/rotate")
def rotate(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label, sure, code = f"{case}/{number}", form.pop("sure", "") == "yes", form.pop("code", "")
    values = {name.removeprefix(BLANK): form.pop(name) for name in list(form) if name.startswith(BLANK)}
    lies_at, seen = lies_at_in(form), seen_in(form)
    proven(request, desk, visitor, Typed(ROTATE), label, code)
    if not lies_at:
        rotating.rotate(desk, visitor.person, label, values, sure, seen=seen)
        return _back(label)
    if any(values.values()):
        raise Refused(NOT_BOTH)
    rotating.rotated_there(desk, visitor.person, label, seen, lies_at)
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
    proven(request, desk, visitor, Typed("ask anew for the credential", because), label, code)
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
    vault = desk.credentials.origin if desk.credentials else ""
    straight = vault if told.alive and standing.enrolled and rotating.by_door(told.life) else ""
    drawn = draw(
        request,
        "credentials/lives.html",
        status,
        point=point,
        told=told,
        fields=secrets_of(point.request.fields),
        shapes_of=SHAPES,
        vault=vault,
        straight=straight,
        forever={"revoke": revoking.FOREVER, "narrow": narrowing.FOREVER, "retire": retiring.FOREVER},
        beside=rotating.BESIDE,
        enrolled=standing.enrolled,
        asks=not standing.proved,
        refusal=refusal,
        doubted=refusal.endswith("say that you are sure."),
        typed=typed,
    )
    drawn.headers["content-security-policy"] = policy(straight)
    return drawn


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
    proven(request, desk, visitor, Typed(verb), label, code)
    do(desk, visitor.person, label)
    return _back(label)


def seen_in(form: Form) -> int:
    """The version that they saw, which is all that is left of the form. Raises Junk."""
    (version,) = take(form, "version")
    if not (version.isascii() and version.isdigit() and len(version) <= 9):
        raise Junk("The form names no version of the credential. Nothing was recorded. Open the page again.")
    return int(version)


def proven(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    typed: Typed,
    label: str,
    code: str,
    say: Callable[..., Response] | None = None,
) -> None:
    """From here on a refusal is written to the audit. A code that came along is proven by itself."""
    request.state.trying = Trying(visitor, label, typed, say or draw_lives)
    if code.strip():
        proving.prove(desk, visitor.person, code.strip())


def _back(label: str) -> RedirectResponse:
    return RedirectResponse(f"/checkpoints/{label}/credential/lives", status_code=303)
