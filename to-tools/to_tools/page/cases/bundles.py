"""The page of a bundle: each line with a verdict of its own, and what became of each.

Rule: as on one checkpoint's page, what is said is said to exactly what was seen: the form brings the whole's digest.
"""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from checkpoints.actions.courses import bundling
from checkpoints.actions.courses.bundling import Result, Said
from checkpoints.actions.people import attending, proving
from checkpoints.core.authority import waits_on
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Verdict
from checkpoints.core.shown.bundle import one_by_one, own_card
from checkpoints.core.shown.card import Card, card
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.standing import Standing
from checkpoints.store.desk import Desk
from to_tools.page.answering import Trying
from to_tools.page.checkpoint import NOTHING, Typed
from to_tools.page.drawn.drawing import draw
from to_tools.page.drawn.linking import served_at
from to_tools.page.forms import Form, take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk, Visitor

VERDICT, NOTE = "verdict.", "note."
LATER = "later"
ONE_BY_ONE, ALL = "answer a bundle", "approve a whole bundle"

router = APIRouter(prefix="/bundles/{name}")


@dataclass(frozen=True)
class Line:
    """One line as it is drawn. `theirs`: the visitor's answer would count. `own`: why a yes needs its own card."""

    point: Checkpoint
    card: Card
    theirs: bool
    own: str
    served: tuple[str, ...]


@router.get("")
def bundle(request: Request, desk: TheDesk, visitor: SignedIn, name: str) -> Response:
    return draw_bundle(request, desk, visitor, name)


@router.get("/stands")
def stands(request: Request, desk: TheDesk, visitor: SignedIn, name: str, seen_before: str) -> Response:
    """For a page with forms in it: 204 while nothing moved."""
    moved = bundling.show(desk, name).digest != seen_before
    return draw(request, "many/moved.html", name=name) if moved else Response(status_code=204)


@router.post("/answer")
def answer(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, name: str) -> Response:
    verdicts, notes = _taken(form, VERDICT), _taken(form, NOTE)
    _try(request, visitor, name, Typed(ONE_BY_ONE, fields=_typed(verdicts, notes)))
    (digest,) = take(form, "bundle")
    said = {
        label: Said(_verdict(word), notes.get(label, "").strip()) for label, word in verdicts.items() if word != LATER
    }
    if not said:
        raise Refused("Nothing was chosen for any line, so nothing was recorded.")
    return draw_bundle(request, desk, visitor, name, results=bundling.answer(desk, visitor.person, name, digest, said))


@router.post("/approve")
def approve(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, name: str) -> Response:
    sure = form.pop("sure", "")
    _try(request, visitor, name, Typed(ALL))
    (digest,) = take(form, "bundle")
    if sure != "yes":
        raise Refused("Say that you have looked at each of them. Nothing was recorded.")
    return draw_bundle(request, desk, visitor, name, results=bundling.approve_all(desk, visitor.person, name, digest))


def draw_bundle(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    label: str,
    *,
    status: int = 200,
    refusal: str = "",
    typed: Typed = NOTHING,
    results: list[Result] | None = None,
) -> Response:
    """The whole page: what became of the lines that were answered, then those that wait. Raises Refused for no name."""
    found = bundling.show(desk, label)
    standing = proving.standing(desk, visitor.person)
    lines = [_line(desk, visitor, standing, point) for point in found.lines]
    attending.shown(desk, visitor.person, found.lines)
    return draw(
        request,
        "many/bundle.html",
        status,
        bundle=found,
        lines=lines,
        results=results or [],
        apart=one_by_one(found),
        all_theirs=bool(lines) and all(line.theirs for line in lines),
        refusal=refusal,
        typed=typed.fields,
        now=standing.at,
    )


def _line(desk: Desk, visitor: Visitor, standing: Standing, point: Checkpoint) -> Line:
    drawn = card(point, desk.kinds.get(point.kind))
    theirs = waits_on(point, visitor.person.id, standing)
    return Line(point, drawn, theirs, own_card(point), served_at(desk, point.case))


def _taken(form: Form, begin: str) -> dict[str, str]:
    """What the fields that begin so say, by their line; they are taken out of the form."""
    return {name.removeprefix(begin): form.pop(name) for name in list(form) if name.startswith(begin)}


def _typed(verdicts: dict[str, str], notes: dict[str, str]) -> dict[str, str]:
    return {VERDICT + label: word for label, word in verdicts.items()} | {
        NOTE + label: word for label, word in notes.items()
    }


def _verdict(word: str) -> Verdict:
    if word not in (Verdict.APPROVE, Verdict.REJECT):
        right = f"{LATER}, {Verdict.APPROVE}, {Verdict.REJECT}"
        raise Refused(f"“{clean(word)}” is none of a line's verdicts: {right}. Nothing was recorded.")
    return Verdict(word)


def _try(request: Request, visitor: Visitor, name: str, typed: Typed) -> None:
    """From here on a refusal is written to the audit, and what was chosen is shown again."""
    request.state.trying = Trying(visitor, name, typed, draw_bundle)
