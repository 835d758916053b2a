"""`POST /api/credential-requests/LABEL/approve`: a person's script gives a credential, with their shell's token.

Rule: to give is to approve, by a person and as everywhere: an agent's token is nobody's here, and its try is a line.
"""

import json
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from checkpoints.actions import reading
from checkpoints.actions.audit import recording
from checkpoints.actions.credentials import giving
from checkpoints.actions.people import proving
from checkpoints.core.errors import Countersign, NotYourCall, Refused
from checkpoints.core.fields import secrets_of
from checkpoints.core.model import Json, Person, Press, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import LONGEST_MINUTES, MOST_ADDRESSES, MOST_USES, Restrictions
from to_tools import identity
from to_tools.agent_api.reading import Words, read_object, words
from to_tools.page.who.session import NotSignedIn, TheDesk, address_of

DOOR = "/api/"
VERB, SHELL, BEARER = "give the credential", "shell", "bearer "
LONGEST_VALUE = 32_768
NO_TOKEN = (
    "Send a token of yours, as Authorization: Bearer TOKEN. One for a script is made with: countersign sessions make"
)

router = APIRouter(prefix=f"{DOOR}credential-requests/{{case}}/{{number}}")
Value = Annotated[str, Field(max_length=LONGEST_VALUE)]


class Narrowed(Words):
    """What its users are held to, as far as that is narrower than what was asked."""

    ip_whitelist: list[Annotated[str, Field(max_length=50)]] = Field(default=[], max_length=MOST_ADDRESSES)
    minutes: int | None = Field(default=None, ge=1, le=LONGEST_MINUTES)
    uses: int | None = Field(default=None, ge=1, le=MOST_USES)


class Approval(Words):
    """`value` is of the only secret field, or `fields` are all of them; `code` is of the second factor."""

    value: Value = ""
    fields: dict[str, Value] = Field(default={}, max_length=20)
    restrictions: Narrowed = Narrowed()
    revision: int | None = Field(default=None, ge=1, le=1_000_000)
    note: str = Field(default="", max_length=4_000)
    code: str = Field(default="", max_length=20)
    sure: bool = False


def signed(request: Request, desk: TheDesk) -> Person:
    """By a token of the shell's. Raises NotSignedIn."""
    given = request.headers.getlist("authorization")
    if len(given) != 1 or not given[0].lower().startswith(BEARER):
        raise NotSignedIn(NO_TOKEN)
    try:
        person = identity.verify(desk, given[0][len(BEARER) :].strip(), address_of(request, desk.trusted_proxy))
    except NotYourCall as no:
        raise NotSignedIn(str(no)) from None
    if person.way != SHELL:
        raise NotSignedIn(NO_TOKEN)
    return person


@router.post("/approve")
def approve(
    request: Request,
    desk: TheDesk,
    person: Annotated[Person, Depends(signed)],
    said: Annotated[dict[str, Json], Depends(read_object)],
    case: str,
    number: str,
) -> Response:
    label = f"{case}/{number}"
    request.state.changing = (person.name, VERB, label)
    told = words(Approval, said)
    point = reading.show(desk, label).point
    press = Press(point.id, told.revision or point.revision, point.digest, Verdict.APPROVE, {}, told.note)
    if told.code:
        proving.prove(desk, person, told.code)
    held = Restrictions(tuple(told.restrictions.ip_whitelist), told.restrictions.minutes, told.restrictions.uses)
    after = giving.give(desk, person, press, _values(point, told), told.sure, held)
    return _answer(200, {"request": after.label, "state": after.state.value})


def no(request: Request, status: int, why: Countersign) -> Response:
    """A refusal, in the words that it came with; of who is signed in it is a line."""
    changing: tuple[str, str, str] | None = getattr(request.state, "changing", None)
    if changing is not None and status != 503:
        # The database may go away between the two: then the person still hears the first no.
        with suppress(Countersign, SQLAlchemyError):
            recording.refused(request.app.state.desk, *changing, why)
    return _answer(status, {"error": str(why)})


def _values(point: Checkpoint, told: Approval) -> dict[str, str]:
    """All fields by name. Raises Refused where a value alone doesn't say whose it is."""
    if not told.value:
        return dict(told.fields)
    secret = [field.name for field in secrets_of(point.request.fields)]
    if len(secret) != 1 or secret[0] in told.fields:
        raise Refused(
            f"{point.label} asks for {', '.join(secret) or 'no credential'}: name each in fields. Nothing was kept."
        )
    defaults = {field.name: field.default for field in point.request.fields if field.default is not None}
    return {**defaults, **told.fields, secret[0]: told.value}


def _answer(status: int, body: dict[str, Json]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False) + "\n", status, media_type="application/json")
