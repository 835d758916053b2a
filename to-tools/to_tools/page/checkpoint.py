"""The page of one checkpoint: its card, the forms that its state allows, its history.

Rule: a form that somebody may be typing in is never exchanged under their hands; the page says what moved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import Request, Response

from checkpoints.actions import reading
from checkpoints.actions.courses import opening
from checkpoints.actions.credentials import recounting
from checkpoints.actions.people import proving
from checkpoints.core.authority import waits_on, wants_factor, why_factor
from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.standing import PROOF_LASTS
from checkpoints.store.desk import Desk
from to_tools.page.credentials.recounting import listing
from to_tools.page.drawn.drawing import draw
from to_tools.page.drawn.linking import served_at
from to_tools.page.drawn.telling import told
from to_tools.page.from_outside.listing import listed
from to_tools.page.who.session import Visitor

PROVEN = "A yes needs your second factor. Your code of {at} counts until {until}, so none is asked for now."
WITH_A_FORM = frozenset({State.OPEN, State.CHANGING}) | opening.REOPENABLE


@dataclass(frozen=True)
class Typed:
    """What a person sent that was not recorded; `verb` is the form that they sent it with.

    `wrong_code`: what was wrong with the code that came along, empty when it was not that.
    """

    verb: str = ""
    note: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    wrong_code: str = ""


NOTHING = Typed()


@dataclass(frozen=True)
class Proof:
    """`asks`: a "code", or first to "enrol"; nothing while a proof holds. `words` say until when one does."""

    asks: str = ""
    words: str = ""


def draw_checkpoint(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    label: str,
    *,
    status: int = 200,
    refusal: str = "",
    typed: Typed = NOTHING,
) -> Response:
    """The whole page. Raises Refused when there is no such checkpoint."""
    history = reading.history(desk, label)
    point = history.shown.point
    given = listing(desk, [one] if (one := recounting.of_checkpoint(desk, label)) else [])
    return draw(
        request,
        "checkpoint.html",
        status,
        point=point,
        card=history.shown.card,
        response=history.shown.response,
        served=served_at(desk, point.case),
        onward=onward(desk, visitor, point),
        files=listed(desk, history.shown),
        revisions=history.revisions,
        lines=told(history.lines),
        now=reading.now(desk),
        run_url=run_url(desk, point.prefect_id),
        reopenable=point.state in opening.REOPENABLE and not point.own,
        has_form=point.state in WITH_A_FORM and (point.waiting or not point.own),
        seen=seen(point),
        answered=_answered(visitor, point),
        filled=_filled(point) | dict(typed.fields),
        **_needs(desk, visitor, point),
        refusal=refusal,
        wrong=_wrong(point, refusal),
        typed=typed,
        credentials=given.drawn,
        alongside=given.alongside,
    )


@dataclass(frozen=True)
class Onward:
    """Where a person goes from what is answered: the case's `next` open question, None when there is none."""

    next: Checkpoint | None


def onward(desk: Desk, visitor: Visitor, point: Checkpoint) -> Onward | None:
    """One that waits for this person comes before one that waits for others. None while they may answer this one."""
    if point.waiting and not _answered(visitor, point):
        return None
    others = [p for p in reading.waiting_in(desk, point.case) if p.state is State.OPEN and p.id != point.id]
    if not others:
        return Onward(None)
    standing = proving.standing(desk, visitor.person)
    return Onward(min(others, key=lambda p: (not waits_on(p, visitor.person.id, standing), p.number)))


def draw_stands(request: Request, desk: Desk, label: str, seen_before: str) -> Response:
    """How it stands, for a page with a form in it: 204 while nothing moved."""
    shown = reading.show(desk, label)
    if seen(shown.point) == seen_before:
        return Response(status_code=204)
    return draw(
        request,
        "pieces/stands.html",
        point=shown.point,
        card=shown.card,
        moved=True,
        seen=seen_before,
        has_form=True,
        answered=False,
        onward=None,
    )


def seen(point: Checkpoint) -> str:
    """Changes whenever anything moves that the page shows."""
    return f"{point.revision}.{point.state}.{len(point.answers)}{'-' * len(point.fallen)}.{point.permit or ''}"


def run_url(desk: Desk, prefect_id: str | None) -> str:
    """The run in Prefect's UI, or nothing when it has none yet."""
    return f"{desk.prefect_ui_url.rstrip('/')}/runs/flow-run/{prefect_id}" if prefect_id else ""


def factor(point: Checkpoint) -> str:
    """Why a yes of theirs needs more than a press."""
    return f"A yes needs your second factor: {why_factor(point)}."


def _needs(desk: Desk, visitor: Visitor, point: Checkpoint) -> dict[str, object]:
    proof = proof_of(desk, visitor, point)
    return {"asks": proof.asks, "proven": proof.words, "factor": factor(point)}


def _answered(visitor: Visitor, point: Checkpoint) -> bool:
    """Whether they answered this revision, and it counts."""
    counted = [a for a in point.answers if a.revision == point.revision and a not in point.fallen]
    return any(a.person_id == visitor.person.id for a in counted)


def _wrong(point: Checkpoint, refusal: str) -> str:
    """The field that a refusal begins with, if it is about one."""
    named = refusal.partition(":")[0]
    return named if named in {blank.name for blank in point.request.fields} else ""


def proof_of(desk: Desk, visitor: Visitor, point: Checkpoint) -> Proof:
    """What a yes of theirs still needs of their second factor."""
    if point.state is not State.OPEN or not wants_factor(point, visitor.person.id):
        return Proof()
    standing = proving.standing(desk, visitor.person)
    if standing.proved and standing.proved_at:
        return Proof(words=PROVEN.format(at=_clock(standing.proved_at), until=_clock(standing.proved_at + PROOF_LASTS)))
    return Proof("code" if standing.enrolled else "enrol")


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M} UTC"


def _filled(point: Checkpoint) -> dict[str, str]:
    """What is in the blanks at first: what an earlier approver of this revision chose, else the defaults."""
    chosen = point.counting[-1].fields if point.counting else {}
    return {blank.name: chosen.get(blank.name, blank.default or "") for blank in point.request.fields}
