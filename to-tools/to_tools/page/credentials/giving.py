"""The page where a credential is given, once; and where a consent begins.

Rule: a secret is in no page that is drawn, in no address and in no refusal; what was typed of it is typed again.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints.actions import reading
from checkpoints.actions.credentials import consenting, giving
from checkpoints.actions.deciding import Press
from checkpoints.actions.people import proving
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.fields import secrets_of
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Verdict
from checkpoints.store.desk import Desk
from to_tools.page.answering import BLANK, Trying, seen_revision
from to_tools.page.checkpoint import NOTHING, Typed, factor, proof_of
from to_tools.page.drawn.drawing import draw
from to_tools.page.forms import Form, take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk, Visitor

STEP = "Where to make it"
VERB, CONSENT = "give the credential", "give consent"

router = APIRouter(prefix="/checkpoints/{case}/{number}")


@router.get("/credential")
def offer(request: Request, desk: TheDesk, visitor: SignedIn, case: str, number: str) -> Response:
    return draw_giving(request, desk, visitor, f"{case}/{number}")


@router.post("/credential")
def give(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label, sure = f"{case}/{number}", form.pop("sure", "") == "yes"
    values = {name.removeprefix(BLANK): form.pop(name) for name in list(form) if name.startswith(BLANK)}
    press, code = _press(request, desk, visitor, VERB, label, form)
    secret = {field.name for field in secrets_of(reading.show(desk, label).point.request.fields)}
    plain = {name: value for name, value in values.items() if name not in secret}
    request.state.trying = Trying(visitor, label, Typed(VERB, press.note, plain), draw_giving)
    if code:
        proving.prove(desk, visitor.person, code)
    after = giving.give(desk, visitor.person, press, values, sure)
    return RedirectResponse(f"/checkpoints/{after.label}", status_code=303)


@router.post("/consent")
def begin(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str) -> Response:
    """Not a redirect: a browser would stop it at our own policy on where forms lead, and a person sees where to."""
    label = f"{case}/{number}"
    press, code = _press(request, desk, visitor, CONSENT, label, form)
    if code:
        proving.prove(desk, visitor.person, code)
    wanted, address = consenting.begin(desk, visitor.person, press)
    return draw(request, "credentials/going.html", label=label, wanted=wanted, address=address)


def draw_giving(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    label: str,
    *,
    status: int = 200,
    refusal: str = "",
    typed: Typed = NOTHING,
) -> Response:
    """The page with the blanks, or that it was given. Raises Refused when nothing is given there."""
    shown = reading.show(desk, label)
    if shown.card.gives != "credential":
        raise Refused(f"{shown.point.label} asks for no credential.")
    proof = proof_of(desk, visitor, shown.point)
    return draw(
        request,
        "credentials/give.html",
        status,
        point=shown.point,
        card=shown.card,
        is_open=shown.point.state is State.OPEN,
        steps=[fact.value for fact in shown.card.facts if fact.label == STEP],
        told=[fact for fact in shown.card.facts if fact.label != STEP],
        asks=proof.asks,
        proven=proof.words,
        factor=factor(shown.point),
        filled={field.name: field.default or "" for field in shown.card.fields} | dict(typed.fields),
        refusal=refusal,
        doubted=refusal.endswith("say that you are sure."),
        wrong=refusal.partition(":")[0],
        wrong_code=typed.wrong_code,
        note=typed.note,
    )


def _press(request: Request, desk: Desk, visitor: Visitor, verb: str, label: str, form: Form) -> tuple[Press, str]:
    """The approval of exactly what was seen, and the code that came with it. A refusal from here on is recorded."""
    code = form.pop("code", "")
    revision, digest, note = take(form, "revision", "subject", "note")
    request.state.trying = Trying(visitor, label, Typed(verb, note))
    point = reading.show(desk, label).point
    if (seen_revision(revision), digest) != (point.revision, point.digest):
        raise IllegalMove(f"{point.label} was changed while you looked at it. Nothing was kept. Look at it again.")
    return Press(point.id, point.revision, digest, Verdict.APPROVE, {}, note), code
