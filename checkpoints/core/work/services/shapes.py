"""What a key or an address looks like, so that a slip is noticed before it is handed over.

Rule: no message repeats a value; each pattern reads its text once, however long or hostile.
"""

import re
from dataclasses import dataclass

from checkpoints.core.errors import Refused
from checkpoints.core.model import Field, FieldSort

LONGEST = 4_000


@dataclass(frozen=True)
class Shape:
    """What fits, and the same in words."""

    pattern: re.Pattern[str]
    says: str


SHAPES = {
    "address": Shape(re.compile(r"https?://\S{1,1000}"), "an address that begins with https://"),
    "key": Shape(re.compile(r"[!-~]{8,4000}"), "at least 8 letters, digits and signs, without a space"),
    "openai key": Shape(re.compile(r"sk-[\w-]{20,400}"), "sk- and what follows it"),
    "pocket consumer key": Shape(re.compile(r"\d{1,12}-[0-9a-f]{24}"), "digits, a hyphen and 24 of 0-9 and a-f"),
    "sendgrid key": Shape(
        re.compile(r"SG\.[\w-]{16,64}\.[\w-]{16,128}"), "SG. and two parts with a full stop between them"
    ),
    "stripe key": Shape(re.compile(r"[sr]k_(test|live)_\w{10,400}"), "sk_ or rk_, test_ or live_, and what follows"),
}


def check(field: Field, value: str, sure: bool = False) -> None:
    """A value as it was given. Raises Refused in words that don't repeat it.

    `sure`: the person was asked and says that it is right though it has another shape.
    """
    if not value:
        raise Refused(f"{field.name}: “{field.label}” is not filled. Nothing was kept.")
    if value != value.strip():
        raise Refused(f"{field.name}: there is white space at its ends: copy it again. Nothing was kept.")
    if len(value) > LONGEST or not value.isprintable():
        raise Refused(f"{field.name}: over {LONGEST} characters, or not plain text on one line. Nothing was kept.")
    if field.sort is FieldSort.SECRET and not value.isascii():
        raise Refused(f"{field.name}: a secret has only the letters, digits and signs of ASCII. Nothing was kept.")
    shape = SHAPES.get(field.shape)
    if shape is not None and not sure and not shape.pattern.fullmatch(value):
        raise Refused(
            f"{field.name}: this doesn't look right; it should be {shape.says}. Nothing was kept. "
            "Copy it again, or say that you are sure."
        )
