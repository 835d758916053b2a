"""The door where a provider sends a person back to, after they gave consent there, or didn't.

Rule: coming back changes nothing, for it comes without our cookie, and anybody can send somebody here; a press does.
"""

import re

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from checkpoints.actions.credentials import consenting
from checkpoints.actions.credentials.consenting import CALLBACK
from to_tools.page.answering import Trying
from to_tools.page.checkpoint import Typed
from to_tools.page.drawn.drawing import draw
from to_tools.page.forms import Junk, parse, take
from to_tools.page.who.session import OwnForm, SignedIn, TheDesk

STATE = re.compile(r"[A-Za-z0-9_-]{43}")
CODE = re.compile(r"[ -~]{0,2000}")
LONGEST = 8_192

router = APIRouter()


@router.get(CALLBACK)
def back(request: Request) -> Response:
    """What a provider adds besides state, code and error is not read."""
    query: bytes = request.scope["query_string"]
    if len(query) > LONGEST:
        raise Junk(f"This address is over {LONGEST // 1024} KiB. Nothing was recorded.")
    came = parse(query)
    state, code = _checked(came.get("state", ""), came.get("code", "") if "error" not in came else "")
    return draw(request, "credentials/back.html", state=state, code=code)


@router.post(CALLBACK)
def finish(request: Request, desk: TheDesk, visitor: SignedIn, form: OwnForm) -> RedirectResponse:
    state, code = _checked(*take(form, "state", "code"))
    request.state.changing = (visitor.person.name, "give consent", "")
    begun = consenting.take(desk, visitor.person, state)
    request.state.trying = Trying(visitor, begun.point.label, Typed("give consent", begun.press.note))
    after = consenting.finish(desk, visitor.person, begun, code)
    return RedirectResponse(f"/checkpoints/{after.label}", status_code=303)


def _checked(state: str, code: str) -> tuple[str, str]:
    if not STATE.fullmatch(state) or not CODE.fullmatch(code):
        raise Junk("Nothing of ours was begun with this. Nothing was recorded. Begin on the checkpoint's page.")
    return state, code
