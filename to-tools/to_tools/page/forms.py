"""Reads a form as it comes in, strictly: small, UTF-8, each field once, nothing that a person can't type.

Rule: too much is refused while it streams, before it is held.
"""

import re
from typing import TypeAlias
from urllib.parse import parse_qsl

from fastapi import Request

from checkpoints.core.errors import Refused

LARGEST = 65_536
MOST_FIELDS = 60
URL_ENCODED = "application/x-www-form-urlencoded"

NAME = re.compile(r"[a-z][a-z_.]{0,40}(?:\d{1,3})?")
"""What a field can be called."""

Form: TypeAlias = dict[str, str]


class Junk(Refused):
    """It can't be read as what belongs there, or is no form that this page drew: it is counted, and nothing more."""


class TooLarge(Junk):
    """More than a form of this page can be."""


async def read_form(request: Request) -> Form:
    """The fields. Raises TooLarge, or Junk saying what is wrong with it."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != URL_ENCODED:
        raise Junk(f"This is no form of this page: it must be {URL_ENCODED}. Nothing was recorded.")
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > LARGEST:
            raise TooLarge(f"The form is over {LARGEST // 1024} KiB. Nothing was recorded. Say it shorter.")
        body += chunk
    return parse(bytes(body))


def parse(body: bytes) -> Form:
    """The fields of a body. Raises Junk."""
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise Junk(
            f"The form can't be read: not UTF-8, no form at all, or over {MOST_FIELDS} fields. Nothing was recorded."
        ) from None
    form = {name: value.replace("\r\n", "\n") for name, value in pairs}
    if len(form) != len(pairs):
        twice = next(name for i, (name, _) in enumerate(pairs) if name in {n for n, _ in pairs[:i]})
        raise Junk(f"{called(twice)} comes twice in the form; which one is meant? Nothing was recorded.")
    if "\0" in "".join((*form, *form.values())):
        raise Junk("The form has a NUL character, which is no text. Nothing was recorded.")
    return form


def take(form: Form, *names: str) -> list[str]:
    """Exactly these fields, in this order. Raises Junk for one that is missing or was not asked for."""
    for name in form:
        if name not in names:
            raise Junk(f"{called(name)} is no field of this form. Nothing was recorded.")
    for name in names:
        if name not in form:
            raise Junk(f"“{name}” is missing from the form. Nothing was recorded. Open the page again.")
    return [form[name] for name in names]


def called(name: str) -> str:
    """A field's name, as far as it is one: a value that somebody put in the place of a name is not repeated."""
    return f"“{name}”" if NAME.fullmatch(name) else "Something"
