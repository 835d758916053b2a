"""What a key or an address looks like, so that a slip is noticed before it is handed over.

Rule: no message repeats a value; each pattern reads its text once, however long or hostile.
"""

import json
import re
from dataclasses import dataclass

from checkpoints.core.errors import Refused
from checkpoints.core.model import Field, FieldSort

LONGEST, LONGEST_LINES = 4_000, 20_000
"""Characters: of what stands on one line, and of what may have several."""
DOUBTED = "Nothing was kept. Copy it again, or say that you are sure."
BASE64 = r"[A-Za-z0-9+/=\s]{20,19000}"


@dataclass(frozen=True)
class Shape:
    """What fits, and the same in words. `lines`: it may have several; `members`: a JSON object with all of these.

    A browser reads the pattern too: it is in the words that Python and JavaScript share.
    """

    pattern: re.Pattern[str]
    says: str
    lines: bool = False
    members: tuple[str, ...] = ()

    def fits(self, value: str) -> bool:
        """Whether the whole value has it."""
        return self.pattern.fullmatch(value) is not None and (not self.members or _has(value, self.members))


SHAPES = {
    "address": Shape(re.compile(r"https?://\S{1,1000}"), "an address that begins with https://"),
    "key": Shape(re.compile(r"[!-~]{8,4000}"), "at least 8 letters, digits and signs, without a space"),
    "client id": Shape(re.compile(r"[!-~]{3,400}"), "letters, digits and signs, without a space"),
    "host": Shape(re.compile(r"[A-Za-z0-9:\[][A-Za-z0-9.:\]-]{0,252}"), "a name like db.example.com, or an address"),
    "password": Shape(re.compile(r"[ -~]{8,1000}"), "at least 8 letters, digits and signs"),
    "service account": Shape(
        re.compile(r"\{[\s\S]{2,19000}\}"),
        "the key file as it was downloaded: JSON with type, client_email and private_key",
        lines=True,
        members=("type", "client_email", "private_key"),
    ),
    "ssh private key": Shape(
        re.compile(rf"-----BEGIN ((?:OPENSSH |RSA |EC )?PRIVATE KEY)-----{BASE64}-----END \1-----"),
        "a private key, from -----BEGIN … PRIVATE KEY----- to -----END … PRIVATE KEY-----",
        lines=True,
    ),
    "private key": Shape(
        re.compile(rf"-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----{BASE64}-----END \1-----"),
        "a private key, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----",
        lines=True,
    ),
    "certificate": Shape(
        re.compile(rf"(?:-----BEGIN CERTIFICATE-----{BASE64}-----END CERTIFICATE-----\s{{0,4}}){{1,10}}"),
        "a certificate, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
        lines=True,
    ),
    "iam user": Shape(re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}"), "a user's name in IAM, not its ARN"),
    "aws key id": Shape(re.compile(r"AKIA[A-Z0-9]{12,124}"), "AKIA and what follows it"),
    "aws secret key": Shape(re.compile(r"[A-Za-z0-9/+=]{40}"), "40 letters, digits and signs"),
    "openai key": Shape(re.compile(r"sk-[\w-]{20,400}"), "sk- and what follows it"),
    "pocket consumer key": Shape(re.compile(r"\d{1,12}-[0-9a-f]{24}"), "digits, a hyphen and 24 of 0-9 and a-f"),
    "sendgrid key": Shape(
        re.compile(r"SG\.[\w-]{16,64}\.[\w-]{16,128}"), "SG. and two parts with a full stop between them"
    ),
    "stripe key": Shape(re.compile(r"[sr]k_(test|live)_\w{10,400}"), "sk_ or rk_, test_ or live_, and what follows"),
}


def has_lines(field: Field) -> bool:
    """Whether what fills it may have several."""
    return field.shape in SHAPES and SHAPES[field.shape].lines


def check(field: Field, value: str, sure: bool = False) -> None:
    """A value as it was given. Raises Refused in words that don't repeat it.

    `sure`: the person was asked and says that it is right though it has another shape.
    """
    lines = has_lines(field)
    if not value:
        raise Refused(f"{field.name}: “{field.label}” is not filled. Nothing was kept.")
    # A file of several lines ends with one: a key is none without it.
    bare = value.removesuffix("\n") if lines else value
    if bare != bare.strip():
        raise Refused(f"{field.name}: there is white space at its ends: copy it again. Nothing was kept.")
    longest = LONGEST_LINES if lines else LONGEST
    if len(value) > longest or not all(c.isprintable() or (lines and c in "\n\t") for c in value):
        where = "plain text" if lines else "plain text on one line"
        raise Refused(f"{field.name}: over {longest} characters, or not {where}. Nothing was kept.")
    if field.sort is FieldSort.SECRET and not value.isascii():
        raise Refused(f"{field.name}: a secret has only the letters, digits and signs of ASCII. Nothing was kept.")
    if field.sort is FieldSort.NUMBER and not _is_number(field, value):
        raise Refused(f"{field.name}: this is no number from {field.lowest} to {field.highest}. Nothing was kept.")
    shape = SHAPES.get(field.shape)
    if shape is not None and not sure and not shape.fits(bare):
        raise Refused(f"{field.name}: this doesn't look right; it should be {shape.says}. {DOUBTED}")


def _is_number(field: Field, value: str) -> bool:
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        return False
    too_low = field.lowest is not None and int(value) < field.lowest
    return not too_low and (field.highest is None or int(value) <= field.highest)


def _has(value: str, members: tuple[str, ...]) -> bool:
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and all(isinstance(read.get(name), str) and read[name] for name in members)
