"""The pages to look at. A GET changes nothing, but what was shown to whom."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from checkpoints.actions import reading
from checkpoints.actions.audit import anchoring
from checkpoints.actions.credentials import recounting
from checkpoints.actions.people import attending, proving
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Role
from checkpoints.core.shown.bundle import bundles
from to_tools.page.checkpoint import draw_checkpoint, draw_stands, run_url, seen
from to_tools.page.credentials.recounting import listing
from to_tools.page.drawn.drawing import draw
from to_tools.page.drawn.linking import served_at
from to_tools.page.drawn.telling import told
from to_tools.page.who.session import SignedIn, TheDesk

RUNBOOKS = Path(__file__).parents[3] / "runbooks"
MARKDOWN = MarkdownIt("commonmark", {"html": False})

router = APIRouter()


@router.get("/")
def inbox(request: Request, desk: TheDesk, visitor: SignedIn) -> Response:
    found = reading.inbox(desk)
    standing = proving.standing(desk, visitor.person)
    return draw(
        request,
        "inbox.html",
        points=found.points,
        total=found.total,
        now=standing.at,
        to_enrol=Role.TO in standing.anywhere.roles and not standing.enrolled,
        floods=found.floods,
        bundles=bundles(found.points, desk.kinds),
    )


@router.get("/checkpoints/{case}/{number}")
def checkpoint(
    request: Request, desk: TheDesk, visitor: SignedIn, case: str, number: str, seen_before: str = ""
) -> Response:
    label = f"{case}/{number}"
    if seen_before and seen(reading.show(desk, label).point) == seen_before:
        return Response(status_code=204)
    attending.shown_by_name(desk, visitor.person, label)
    return draw_checkpoint(request, desk, visitor, label)


@router.get("/checkpoints/{case}/{number}/stands")
def stands(
    request: Request, desk: TheDesk, visitor: SignedIn, case: str, number: str, seen_before: str = ""
) -> Response:
    return draw_stands(request, desk, f"{case}/{number}", seen_before)


@router.get("/projects")
def projects(request: Request, desk: TheDesk, visitor: SignedIn) -> Response:
    return draw(request, "projects.html", cases=reading.projects(desk))


@router.get("/projects/{slug}")
def project(request: Request, desk: TheDesk, visitor: SignedIn, slug: str) -> Response:
    story = reading.story(desk, slug)
    given = listing(desk, recounting.of_case(desk, story.case.slug))
    return draw(
        request,
        "project.html",
        story=story,
        served=served_at(desk, story.case.slug),
        now=reading.now(desk),
        run_url=run_url(desk, story.case.prefect_id),
        credentials=given.drawn,
        alongside=given.alongside,
    )


@router.get("/audit")
def audit(request: Request, desk: TheDesk, visitor: SignedIn, verify: bool = False) -> Response:
    page = reading.audit_page(desk)
    verified = anchoring.verify(desk) if verify else None
    return draw(request, "audit.html", lines=told(page.lines), total=page.total, verified=verified)


@router.get("/people")
def people(request: Request, desk: TheDesk, visitor: SignedIn) -> Response:
    return draw(request, "people.html", people=reading.everyone(desk))


@router.get("/kinds/{name}")
def kind(request: Request, desk: TheDesk, visitor: SignedIn, name: str) -> Response:
    found = desk.kinds.get(name)
    if found is None:
        raise Refused(f"There is no kind of question “{clean(name)}”.")
    text = (RUNBOOKS / found.runbook).read_text(encoding="utf-8")
    return draw(request, "kind.html", kind=found, text=Markup(MARKDOWN.render(text)))
