"""`POST /api/credential-requests/LABEL/door` and `/approve`: a person's script gives a credential, by their token.

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
from checkpoints.actions.credentials import entrusting, giving
from checkpoints.actions.credentials.entrusting import Entrance
from checkpoints.actions.people import proving
from checkpoints.core.errors import Countersign, NotYourCall, Refused
from checkpoints.core.fields import secrets_of
from checkpoints.core.model import Json, Person, Press, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import LONGEST_MINUTES, MOST_ADDRESSES, MOST_USES, Restrictions
from checkpoints.core.work.services.shapes import LONGEST, LONGEST_LINES, SHAPES
from checkpoints.store.desk import Desk
from to_tools import identity
from to_tools.agent_api.reading import Words, read_object, words
from to_tools.page.credentials.giving import NOT_BOTH
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


class Knock(Words):
    """What is said before anything is written; `code` is of the second factor."""

    restrictions: Narrowed = Narrowed()
    revision: int | None = Field(default=None, ge=1, le=1_000_000)
    code: str = Field(default="", max_length=20)

    @property
    def held(self) -> Restrictions:
        """Raises Refused."""
        by = self.restrictions
        return Restrictions(tuple(by.ip_whitelist), by.minutes, by.uses)


class Approval(Knock):
    """`value` is of the only secret field, or `fields` are all of them. Where a door was opened, `lies_at` is where it
    led, and `fields` are those that aren't secret; without any they are as they were proposed."""

    value: Value = ""
    fields: dict[str, Value] = Field(default={}, max_length=20)
    lies_at: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=4_000)
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


Signed = Annotated[Person, Depends(signed)]
Said = Annotated[dict[str, Json], Depends(read_object)]


@router.post("/door")
def open_door(request: Request, desk: TheDesk, person: Signed, said: Said, case: str, number: str) -> Response:
    """Where the script writes what is secret itself; null where the vault has no door."""
    label = f"{case}/{number}"
    request.state.changing = (person.name, VERB, label)
    told = words(Knock, said)
    point, press = _press(desk, person, label, told)
    entrance = entrusting.open_door(desk, person, press, told.held)
    return _answer(200, {"door": _door(point, entrance) if entrance else None})


@router.post("/approve")
def approve(request: Request, desk: TheDesk, person: Signed, said: Said, case: str, number: str) -> Response:
    label = f"{case}/{number}"
    request.state.changing = (person.name, VERB, label)
    told = words(Approval, said)
    point, press = _press(desk, person, label, told, told.note)
    if not told.lies_at:
        after = giving.give(desk, person, press, _values(point, told), told.sure, told.held)
    elif told.value:
        raise Refused(NOT_BOTH)
    else:
        plain = dict(told.fields) if "fields" in told.model_fields_set else _proposed(point)
        after = entrusting.given_there(desk, person, press, told.lies_at, plain, sure=told.sure, held=told.held)
    return _answer(200, {"request": after.label, "state": after.state.value})


def no(request: Request, status: int, why: Countersign) -> Response:
    """A refusal, in the words that it came with; of who is signed in it is a line."""
    changing: tuple[str, str, str] | None = getattr(request.state, "changing", None)
    if changing is not None and status != 503:
        # The database may go away between the two: then the person still hears the first no.
        with suppress(Countersign, SQLAlchemyError):
            recording.refused(request.app.state.desk, *changing, why)
    return _answer(status, {"error": str(why)})


def _press(desk: Desk, person: Person, label: str, told: Knock, note: str = "") -> tuple[Checkpoint, Press]:
    """The approval. A code that came along is proven by itself; where one was just now, none is looked at."""
    point = reading.show(desk, label).point
    if told.code and not proving.standing(desk, person).proved:
        proving.prove(desk, person, told.code)
    return point, Press(point.id, told.revision or point.revision, point.digest, Verdict.APPROVE, {}, note)


def _door(point: Checkpoint, entrance: Entrance) -> dict[str, Json]:
    """With what each secret field looks like, for the script to look at before it writes."""
    door, looks = entrance.door, {field.name: SHAPES.get(field.shape) for field in secrets_of(point.request.fields)}
    fields: list[Json] = []
    for name, shape in looks.items():
        lines = shape is not None and shape.lines
        known: dict[str, Json] = {"name": name, "lines": lines, "longest": LONGEST_LINES if lines else LONGEST}
        if shape:
            known |= {"pattern": shape.pattern.pattern, "says": shape.says, "members": list(shape.members)}
        fields.append(known)
    told: dict[str, Json] = {"lies_at": entrance.path, "address": door.address, "token": door.token}
    return told | {
        "ca": door.ca.read_text(encoding="ascii") if door.ca else "",
        "revision": point.revision,
        "fields": fields,
    }


def _proposed(point: Checkpoint) -> dict[str, str]:
    return {field.name: field.default for field in point.request.fields if field.default is not None}


def _values(point: Checkpoint, told: Approval) -> dict[str, str]:
    """All fields by name. Raises Refused where a value alone doesn't say whose it is."""
    if not told.value:
        return dict(told.fields)
    secret = [field.name for field in secrets_of(point.request.fields)]
    if len(secret) != 1 or secret[0] in told.fields:
        raise Refused(
            f"{point.label} asks for {', '.join(secret) or 'no credential'}: name each in fields. Nothing was kept."
        )
    return {**_proposed(point), **told.fields, secret[0]: told.value}


def _answer(status: int, body: dict[str, Json]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False) + "\n", status, media_type="application/json")
