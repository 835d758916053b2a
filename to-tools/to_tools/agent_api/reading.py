"""Reads what a script sends, strictly: small, UTF-8, JSON with each key once, and nothing but what is asked for.

Rule: too much is refused while it streams, before it is held.
"""

from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from checkpoints.core.errors import Refused
from checkpoints.core.from_outside.untrusted import object_in
from checkpoints.core.model import Json
from to_tools.page.forms import LARGEST, NAME, Junk, TooLarge

JSON = "application/json"
T = TypeVar("T", bound="Words")


class Words(BaseModel):
    """What may be said at one door: nothing else, and nothing that only looks like it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


async def read_object(request: Request) -> dict[str, Json]:
    """The object in the body. Raises TooLarge, or Junk saying what is wrong with it."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Junk(f"The body must be {JSON}.")
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > LARGEST:
            raise TooLarge(f"The body is over {LARGEST // 1024} KiB.")
        body += chunk
    try:
        said = object_in(bytes(body), LARGEST)
    except Refused as why:
        raise Junk(f"The body can't be read: {why}.") from None
    text = text_of(said) if b"\\u" in body else ""
    if "\0" in text:
        raise Junk("The body has a NUL character, which is no text.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Junk("The body has half a character, which isn't text.")
    return said


def text_of(said: Json) -> str:
    """Every text in it, one after the other."""
    if isinstance(said, dict):
        return "".join(name + text_of(inner) for name, inner in said.items())
    if isinstance(said, list):
        return "".join(map(text_of, said))
    return said if isinstance(said, str) else ""


def words(of: type[T], said: dict[str, Json]) -> T:
    """What was said, as what may be said here. Raises Junk naming the field."""
    try:
        return of.model_validate(said)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:80]
        if place and not NAME.fullmatch(place):
            place = "something in it"
        raise Junk(f"{place or 'the body'}: {first['msg']}.") from None
