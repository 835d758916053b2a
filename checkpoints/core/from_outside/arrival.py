"""What came in from outside, as a value: which it may be, what its body may hold, and what a sender has to sign."""

import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkpoints.core.errors import Refused
from checkpoints.core.from_outside.untrusted import object_in
from checkpoints.core.model import Json

ALARM = "alarm"
NAMES = (ALARM,)
PROBE, SHELL = "probe/", "shell/"
"""How the keys begin that the desk itself gives: its probe's, and those of a person's at the shell."""
MOST_BYTES = 65_536
LONGEST_KEY = 200
LONGEST_SUMMARY = 2_000
FRESH = timedelta(minutes=5)
"""How far a sender's clock may be from the database's, either way."""


@dataclass(frozen=True)
class Arrival:
    """One thing that came in, kept once by its key. The body is foreign, unless the key is one of the desk's own."""

    id: int
    name: str
    key: str
    body: Mapping[str, Json]
    at: datetime

    @property
    def by_probe(self) -> bool:
        return self.key.startswith(PROBE)

    @property
    def by_person(self) -> bool:
        return self.key.startswith(SHELL)

    @property
    def called(self) -> str | None:
        """What the alarm is known by when it comes again; None when every one of its sort is another."""
        if self.by_probe:
            return "the probe"
        named = self.body.get("alarm")
        return f"sent/{named[:60]}" if isinstance(named, str) and named.strip() and not self.by_person else None

    @property
    def says(self) -> str:
        """What it says, for people: its summary, or the whole of it, cut where it is too long."""
        summary = self.body.get("summary")
        said = summary if isinstance(summary, str) else json.dumps(dict(self.body), ensure_ascii=False)
        return said if len(said) <= LONGEST_SUMMARY else f"{said[: LONGEST_SUMMARY - 1]}…"


def signed_with(key: bytes, timestamp: str, case: str, name: str, sent_as: str, body: bytes) -> str:
    """The signature, in hex: HMAC-SHA256 over the four words, each with a newline after it, and the body.

    A newline can be in none of the words, so that nothing of the one can be taken for the other's.
    """
    words = "".join(f"{word}\n" for word in (timestamp, case, name, sent_as))
    return hmac.new(key, words.encode() + body, hashlib.sha256).hexdigest()


def read_body(raw: bytes) -> dict[str, Json]:
    """The body of an arrival, which can be kept as it is. Raises Refused saying what is wrong with it."""
    body = object_in(raw, MOST_BYTES, _finite)
    # Also as it is kept: text escapes lengthen it, and PostgreSQL takes neither NUL nor half a character.
    kept = json.dumps(body, ensure_ascii=False)
    if "\\u0000" in kept.replace("\\\\", "") or any("\ud800" <= character <= "\udfff" for character in kept):
        raise Refused("it has a character that is no text")
    if len(kept.encode()) > MOST_BYTES:
        raise Refused(f"it has more than {MOST_BYTES:,} bytes written out")
    return body


def check_key(key: str) -> None:
    """Raises Refused for a key that can't be told from others, or that is the desk's own to give."""
    if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()) or key.strip() != key:
        raise Refused(f"its key has to be 1 to {LONGEST_KEY} printable ASCII characters")
    if key.startswith((PROBE, SHELL)):
        raise Refused(f"only the desk gives keys that begin with {PROBE} or {SHELL}")


def _finite(number: str) -> Json:
    if not math.isfinite(float(number)):
        raise ValueError("beyond all numbers")
    return number
