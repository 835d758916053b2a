"""The forms of a checkpoint: an answer, a withdrawal, a reopening. Each ends at the page that shows it.

Rule: the verdict is on exactly what was seen: the form brings the revision and the subject's whole digest.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask

from checkpoints.actions import deciding, reading, withdrawing
from checkpoints.actions.courses import opening
from checkpoints.actions.people import proving
from checkpoints.core.fields import clean
from checkpoints.core.model import Verdict
from checkpoints.seeing.failpoints import reach
from to_tools.page.checkpoint import Typed, draw_checkpoint
from to_tools.page.forms import Form, Junk, take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk, Visitor

BLANK = "field."

router = APIRouter(prefix="/checkpoints/{case}/{number}")


@dataclass(frozen=True)
class Trying:
    """What a form is about, for the one place that catches a refusal; `draw` shows the page that it is on again."""

    visitor: Visitor
    label: str
    typed: Typed
    draw: Callable[..., Response] = draw_checkpoint


@router.post("/answer")
def answer(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label = f"{case}/{number}"
    fields = {name.removeprefix(BLANK): form.pop(name) for name in list(form) if name.startswith(BLANK)}
    code = form.pop("code", "") if form.get("verdict") == Verdict.APPROVE else ""
    verb, revision, digest, note = take(form, "verdict", "revision", "subject", "note")
    verdict, seen = verdict_of(verb), seen_revision(revision)
    _try(request, visitor, label, Typed(verb, note, fields))
    point = reading.show(desk, label).point
    if code:
        # By itself: what was proven holds though the answer is refused.
        proving.prove(desk, visitor.person, code)
    after = deciding.answer(desk, visitor.person, deciding.Press(point.id, seen, digest, verdict, fields, note))
    answered = _to(after.label)
    answered.background = BackgroundTask(reach, "K6")
    return answered


@router.post("/withdraw")
def withdraw(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label, because = _because(request, visitor, form, "withdraw", f"{case}/{number}")
    return _to(withdrawing.withdraw(desk, visitor.person, reading.show(desk, label).point.id, because).label)


@router.post("/reopen")
def reopen(
    request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, case: str, number: str
) -> RedirectResponse:
    label, because = _because(request, visitor, form, "reopen", f"{case}/{number}")
    return _to(opening.reopen(desk, visitor.person, reading.show(desk, label).point.id, because).label)


def _because(request: Request, visitor: Visitor, form: Form, verb: str, label: str) -> tuple[str, str]:
    (because,) = take(form, "because")
    _try(request, visitor, label, Typed(verb, because))
    return label, because


def _try(request: Request, visitor: Visitor, label: str, typed: Typed) -> None:
    """From here on a refusal is written to the audit, and what was typed is shown again."""
    request.state.trying = Trying(visitor, label, typed)


def verdict_of(word: str) -> Verdict:
    """Raises Junk for what is no verdict."""
    try:
        return Verdict(word)
    except ValueError:
        right = ", ".join(Verdict)
        raise Junk(f"“{clean(word)}” is no verdict. Right would be one of: {right}. Nothing was recorded.") from None


def seen_revision(word: str) -> int:
    """Raises Junk for what is no revision."""
    if not (word.isascii() and word.isdigit() and len(word) <= 9):
        raise Junk(f"“{clean(word)}” is no revision. Nothing was recorded. Open the page again.")
    return int(word)


def _to(label: str) -> RedirectResponse:
    return RedirectResponse(f"/checkpoints/{label}", status_code=303)
