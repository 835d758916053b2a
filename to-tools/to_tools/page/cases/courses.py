"""The forms of a project: say that a part isn't needed, ask for a deployment or the way back, cancel it all."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from checkpoints.actions.courses import cancelling, deploying, waiving
from checkpoints.actions.people import proving
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.work.release import Environment
from checkpoints.store.desk import Desk
from to_tools.page.forms import take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk, Visitor

WISHED = "#wished"
"""Where the page says what came of a wish."""

router = APIRouter(prefix="/projects/{slug}")


@router.post("/waive")
def waive(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, slug: str) -> RedirectResponse:
    code = form.pop("code", "")
    branch, because = take(form, "branch", "because")
    _try(request, visitor, "waive", f"{slug}/{branch}")
    _prove(desk, visitor, code)
    waiving.waive(desk, visitor.person, f"{slug}/{branch}", because)
    return _back(slug)


@router.post("/cancel")
def cancel(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, slug: str) -> RedirectResponse:
    code = form.pop("code", "")
    (because,) = take(form, "because")
    _try(request, visitor, "cancel", slug)
    _prove(desk, visitor, code)
    cancelling.cancel(desk, visitor.person, slug, because)
    return _back(slug)


@router.post("/deploy")
def deploy(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, slug: str) -> RedirectResponse:
    (where,) = take(form, "environment")
    _try(request, visitor, "deploy", slug)
    deploying.deploy(desk, visitor.person, slug, _environment(where))
    return _back(slug, WISHED)


@router.post("/rollback")
def rollback(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm, slug: str) -> RedirectResponse:
    take(form)
    _try(request, visitor, "roll back", slug)
    deploying.roll_back(desk, visitor.person, slug)
    return _back(slug, WISHED)


def _prove(desk: Desk, visitor: Visitor, code: str) -> None:
    """A code that came along is proven by itself: it holds though what it was for is refused."""
    if code.strip():
        proving.prove(desk, visitor.person, code.strip())


def _try(request: Request, visitor: Visitor, verb: str, about: str) -> None:
    """From here on a refusal is written to the audit."""
    request.state.changing = (visitor.person.name, verb, about)


def _environment(word: str) -> Environment:
    try:
        return Environment(word)
    except ValueError:
        right = ", ".join(Environment)
        raise Refused(f"“{clean(word)}” is no place to deploy to. Right would be one of: {right}.") from None


def _back(slug: str, part: str = "") -> RedirectResponse:
    return RedirectResponse(f"/projects/{slug}{part}", status_code=303)
