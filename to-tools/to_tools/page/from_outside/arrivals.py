"""The signed door for what comes in from outside: `POST /arrivals/{project}/{name}`, with no session.

Rule: nothing is looked up, and no word of it read, before the signature is good; what isn't signed is only counted.
"""

import hmac
import json
import logging
import secrets
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from checkpoints.actions import reading
from checkpoints.actions.from_outside import arriving
from checkpoints.core.errors import Countersign, NotYourCall, Refused, Unavailable
from checkpoints.core.from_outside.arrival import FRESH, MOST_BYTES, check_key, read_body, signed_with
from checkpoints.store.desk import Desk
from checkpoints.store.secret.private_files import make_once
from to_tools.page.forms import Junk, TooLarge
from to_tools.page.who.session import TheDesk

DOOR = "/arrivals/"
SIGNATURE, TIMESTAMP, KEY = "countersign-signature", "countersign-timestamp", "countersign-key"
KEY_FILE = "arrivals.key"
KEY_DIGITS = 64
LONGEST_TIMESTAMP = 12
UNSIGNED = "This is not signed as it has to be: see the runbook on alarms. Nothing was kept."

router = APIRouter()
log = logging.getLogger(__name__)
unsigned = count(1)


class NotSigned(NotYourCall):
    """No signature, a wrong one, an old one, or several."""


def arrivals_key(keys: Path) -> bytes:
    """What senders sign with. Raises Unavailable as `kept_key` does."""
    return kept_key(keys, KEY_FILE)


def kept_key(keys: Path, name: str) -> bytes:
    """A key for machines outside, made when it is missing: 64 hex digits in a file that runs can't read.

    Raises Unavailable when the file holds something else.
    """
    path = keys / name
    make_once(path, lambda: f"{secrets.token_hex(KEY_DIGITS // 2)}\n".encode())
    key = path.read_bytes().strip()
    if len(key) != KEY_DIGITS:
        raise Unavailable(f"{path} is no key of {KEY_DIGITS} digits. Remove it: a new one is made. Nothing was kept.")
    return key


async def read_raw(request: Request) -> bytes:
    """The body, at most as much as can be kept. Raises TooLarge while it streams."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > MOST_BYTES:
            raise TooLarge(f"The body is over {MOST_BYTES // 1024} KiB. Nothing was kept.")
        body += chunk
    return bytes(body)


@router.post(f"{DOOR}{{case}}/{{name}}")
def arrive(request: Request, desk: TheDesk, raw: Annotated[bytes, Depends(read_raw)], case: str, name: str) -> Response:
    key = _signed_key(request, desk, raw, case, name)
    try:
        check_key(key)
        body = read_body(raw)
    except Refused as why:
        raise Junk(f"It can't be kept: {why}. Nothing was kept.") from None
    new = arriving.arrive(desk, case, name, key, body)
    return answer(201 if new else 200, "kept" if new else "kept before")


def answer(status: int, words: str) -> Response:
    """What a machine hears."""
    return Response(json.dumps({"says": words}) + "\n", status, media_type="application/json")


def no(status: int, why: Countersign) -> Response:
    """A refusal, in the words that it came with. What was not signed is counted, and said at each power of two."""
    if isinstance(why, NotSigned) and (number := next(unsigned)) & (number - 1) == 0:
        log.warning("%d arrivals were refused for their signature", number)
    return answer(status, str(why))


def _signed_key(request: Request, desk: Desk, raw: bytes, case: str, name: str) -> str:
    """The sender's key for it, once the signature is good and fresh. Raises NotSigned."""
    signature, timestamp, key = (_only(request, header) for header in (SIGNATURE, TIMESTAMP, KEY))
    plain = case.isprintable() and name.isprintable() and key.isprintable()
    if not plain or len(timestamp) > LONGEST_TIMESTAMP or not (timestamp.isascii() and timestamp.isdigit()):
        raise NotSigned(UNSIGNED)
    right = signed_with(arrivals_key(desk.home / "keys"), timestamp, case, name, key, raw)
    if not hmac.compare_digest(right.encode(), signature.lower().encode()):
        raise NotSigned(UNSIGNED)
    try:
        age = reading.now(desk) - datetime.fromtimestamp(int(timestamp), UTC)
    except (OverflowError, ValueError, OSError):
        raise NotSigned(UNSIGNED) from None
    if abs(age) > FRESH:
        raise NotSigned(f"Its time is {int(age.total_seconds())} s away from the desk's. Nothing was kept: sign anew.")
    return key


def _only(request: Request, header: str) -> str:
    values = request.headers.getlist(header)
    if len(values) != 1:
        raise NotSigned(UNSIGNED)
    return values[0]
