"""The page where a credential is given, once; and where a consent begins.

Rule: a secret is in no page that is drawn, in no address and in no refusal; what was typed of it is typed again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints import wiring
from checkpoints.actions import reading
from checkpoints.actions.credentials import assuming, consenting, entrusting, giving, making
from checkpoints.actions.deciding import Press
from checkpoints.actions.people import proving
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.fields import secrets_of
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import STEP, asked_of, typed
from checkpoints.core.work.services.handing import UNRESTRICTED, Restrictions
from checkpoints.core.work.services.shapes import SHAPES
from checkpoints.store.desk import Desk
from to_tools.page.answering import BLANK, Trying, seen_revision
from to_tools.page.checkpoint import NOTHING, Typed, draw_checkpoint, factor, proof_of
from to_tools.page.drawn.drawing import draw
from to_tools.page.drawn.reaching import policy
from to_tools.page.forms import Form, Junk, take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk, Visitor

VERB, CONSENT = "give the credential", "give consent"
HELD, ADDRESSES, MINUTES, USES = "held.", "addresses", "minutes", "uses"
EXISTING, LIES_AT, MAKE = "existing", "lies_at", "make"
NOT_BOTH = "Give the value, or say where it lies already, not both. Nothing was kept."

router = APIRouter(prefix="/checkpoints/{case}/{number}")


@dataclass(frozen=True)
class Held:
    """What its users are to be held to, as it was typed."""

    addresses: str
    minutes: str
    uses: str

    def read(self) -> Restrictions:
        """Raises Refused, naming the field."""
        return typed(self.addresses, self.minutes, self.uses)


@dataclass(frozen=True)
class Sent:
    """What came with the form beside the approval: which of the fields, where it lies instead, what holds its users."""

    values: dict[str, str]
    held: Held
    existing: str
    lies_at: str
    sure: bool
    make: bool

    def given(self, desk: Desk, person: Person, press: Press, secret: frozenset[str]) -> Checkpoint:
        """Given the one way or the other. Raises as giving does."""
        held = self.held.read()
        if self.make:
            return self._made(desk, person, press, secret, held)
        if not (self.existing or self.lies_at):
            return giving.give(desk, person, press, self.values, self.sure, held)
        plain = {name: value for name, value in self.values.items() if name not in secret}
        if (self.existing and self.lies_at) or any(self.values.get(name) for name in secret):
            raise Refused(NOT_BOTH)
        way, path = (
            (entrusting.give_existing, self.existing) if self.existing else (entrusting.given_there, self.lies_at)
        )
        return way(desk, person, press, path, plain, sure=self.sure, held=held)

    def _made(self, desk: Desk, person: Person, press: Press, secret: frozenset[str], held: Restrictions) -> Checkpoint:
        if self.existing or self.lies_at or any(self.values.get(name) for name in secret):
            raise Refused("Give the value, or have it made, not both. Nothing was kept.")
        plain = {name: value for name, value in self.values.items() if name not in secret}
        makers = wiring.key_makers(desk.home)
        return making.make(desk, person, press, plain, makers, sure=self.sure, held=held)


@router.get("/credential")
def offer(request: Request, desk: TheDesk, visitor: SignedIn, case: str, number: str) -> Response:
    return draw_giving(request, desk, visitor, f"{case}/{number}")


@router.post("/credential")
def give(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label = f"{case}/{number}"
    sent = _sent(form)
    press, code = press_of(request, desk, visitor, VERB, label, form)
    secret = frozenset(field.name for field in secrets_of(reading.show(desk, label).point.request.fields))
    shown = {name: value for name, value in sent.values.items() if name not in secret}
    shown |= {HELD + name: value for name, value in vars(sent.held).items()} | {EXISTING: sent.existing}
    request.state.trying = Trying(visitor, label, Typed(VERB, press.note, shown), draw_giving)
    if code:
        proving.prove(desk, visitor.person, code)
    after = sent.given(desk, visitor.person, press, secret)
    return RedirectResponse(f"/checkpoints/{after.label}", status_code=303)


@router.post("/consent")
def begin(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str) -> Response:
    """Not a redirect: a browser would stop it at our own policy on where forms lead, and a person sees where to."""
    label = f"{case}/{number}"
    press, code = press_of(request, desk, visitor, CONSENT, label, form)
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
    vault = giving.vault_of(desk)
    drawn = draw(
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
        filled=_defaults(shown.point) | dict(typed.fields),
        shapes_of=SHAPES,
        vault=vault.origin,
        restricts=vault.restricts,
        makes=making.makes(wiring.key_makers(desk.home), shown.point),
        assumes=assuming.assumes(desk, shown.point),
        **_slip(refusal),
        wrong_code=typed.wrong_code,
        note=typed.note,
    )
    drawn.headers["content-security-policy"] = policy(vault.origin)
    return drawn


def _slip(refusal: str) -> dict[str, object]:
    """What was refused, whether a person may be sure all the same, and which field it is about."""
    doubted, wrong = refusal.endswith("say that you are sure."), refusal.partition(":")[0]
    return {"refusal": refusal, "doubted": doubted, "wrong": wrong}


def press_of(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    verb: str,
    label: str,
    form: Form,
    say: Callable[..., Response] = draw_checkpoint,
) -> tuple[Press, str]:
    """The approval of exactly what was seen, and the code that came with it. A refusal from here on is recorded.

    Raises Junk, IllegalMove.
    """
    code = form.pop("code", "")
    revision, digest, note = take(form, "revision", "subject", "note")
    request.state.trying = Trying(visitor, label, Typed(verb, note), say)
    point = reading.show(desk, label).point
    if (seen_revision(revision), digest) != (point.revision, point.digest):
        raise IllegalMove(f"{point.label} was changed while you looked at it. Nothing was kept. Look at it again.")
    return Press(point.id, point.revision, digest, Verdict.APPROVE, {}, note), code


def held_in(form: Form) -> Held:
    """Taken out of the form; empty where it says nothing."""
    return Held(*(form.pop(HELD + name, "") for name in (ADDRESSES, MINUTES, USES)))


def lies_at_in(form: Form) -> str:
    """Taken out of the form; empty where nothing was written by a door. Raises Junk."""
    lies_at = form.pop(LIES_AT, "")
    if len(lies_at) > 200:
        raise Junk("This is no form of this page. Nothing was recorded.")
    return lies_at


def _sent(form: Form) -> Sent:
    """Taken out of the form. Raises Junk."""
    values = {name.removeprefix(BLANK): form.pop(name) for name in list(form) if name.startswith(BLANK)}
    lies_at = lies_at_in(form)
    sure, make = (form.pop(name, "") == "yes" for name in ("sure", MAKE))
    return Sent(values, held_in(form), form.pop(EXISTING, "").strip(), lies_at, sure, make)


def _defaults(point: Checkpoint) -> dict[str, str]:
    """What is in the blanks at first; what its users are to be held to is as it was asked: a giver narrows it."""
    try:
        asked = asked_of(point.request.subject.parameters)
    except Refused:
        # Giving says so; nothing is given then.
        asked = UNRESTRICTED
    words = {ADDRESSES: ", ".join(asked.cidrs), MINUTES: str(asked.minutes or ""), USES: str(asked.uses or "")}
    blanks = {field.name: field.default or "" for field in point.request.fields}
    return blanks | {HELD + name: value for name, value in words.items()} | {EXISTING: ""}
