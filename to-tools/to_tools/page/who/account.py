"""A person's own account on the page: what signs them in, where they are signed in, and the end of it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints.actions.people import proving
from checkpoints.actions.people.accounts import choosing, keeping, recovering
from checkpoints.actions.people.by_slack import connecting, linking
from checkpoints.core.errors import Refused
from checkpoints.store.desk import Desk
from to_tools.page.drawn.drawing import draw
from to_tools.page.forms import take
from to_tools.page.who.session import SignedForm, SignedIn, TheDesk, Visitor

HERE = "/account"
ALL = "all"

router = APIRouter(prefix=HERE)


@router.get("")
def show(request: Request, desk: TheDesk, visitor: SignedIn) -> Response:
    return _drawn(request, desk, visitor)


@router.post("/password")
def choose(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm) -> RedirectResponse:
    # For the browser's own keeping of passwords; who it is, the session says.
    form.pop("username", "")
    password, again, code = take(form, "password", "again", "code")
    request.state.changing = (visitor.person.name, "choose a password", "")
    if password != again:
        raise Refused("The two are not the same. Your password was not changed.")
    if code:
        proving.prove(desk, visitor.person, code)
    choosing.choose(desk, visitor.person, password)
    return RedirectResponse(HERE, status_code=303)


@router.post("/sessions")
def end(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm) -> RedirectResponse:
    (which,) = take(form, "end")
    request.state.changing = (visitor.person.name, "end a session", "")
    if which == ALL:
        keeping.end_others(desk, visitor.person)
    else:
        keeping.end(desk, visitor.person, which)
    return RedirectResponse(HERE, status_code=303)


@router.post("/slack/code")
def slack_code(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm) -> Response:
    """Not a redirect: the code is in this answer, and nowhere else."""
    (code,) = take(form, "code")
    request.state.changing = (visitor.person.name, "make a code for Slack", "")
    if code:
        proving.prove(desk, visitor.person, code)
    return _drawn(request, desk, visitor, linking.new_code(desk, visitor.person))


@router.post("/slack/unlink")
def unlink(request: Request, desk: TheDesk, visitor: SignedIn, form: SignedForm) -> RedirectResponse:
    take(form)
    request.state.changing = (visitor.person.name, "unlink their Slack account", "")
    linking.unlink(desk, visitor.person)
    return RedirectResponse(HERE, status_code=303)


def _drawn(request: Request, desk: Desk, visitor: Visitor, slack_code: str = "") -> Response:
    standing = proving.standing(desk, visitor.person)
    held = linking.linked(desk, visitor.person)
    sessions = keeping.sessions(desk, visitor.person)
    return draw(
        request,
        "signing/account.html",
        enrolled=standing.enrolled,
        proved=standing.proved,
        left=recovering.left(desk, visitor.person),
        has_password=choosing.has_one(desk, visitor.person),
        sessions=sessions,
        slack=connecting.connected(desk),
        slack_code=slack_code,
        linked=held,
        linked_by=next((token for token in sessions if held and token.id == held.proof), None),
    )
