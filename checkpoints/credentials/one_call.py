"""The child that makes one call with a credential: `python -I one_call.py`, all it knows comes on its input.

Rule: of what it was given, and of what came back, nothing is repeated but a status and a number of seconds.
"""

import json
import re
import sys
from typing import TypedDict
from urllib.parse import quote

import httpx

SECONDS = 20.0
LONGEST = 65_536
EXPIRED = re.compile(r"invalid_token.{0,200}expired", re.IGNORECASE)
"""In a challenge (RFC 6750, section 3)."""
WORDS = {
    400: "said that the request is wrong",
    401: "rejected the credential",
    403: "rejected the credential: it may not do this",
    404: "has nothing at this address",
    429: "takes no more calls for now",
}


class Asked(TypedDict):
    """One call, and the credential's fields by name."""

    service: str
    method: str
    url: str
    headers: dict[str, str]
    form: dict[str, str]
    expects: list[int]
    values: dict[str, str]


class Told(TypedDict):
    """How it went: the status (0 where none came), seconds to wait, and whether a token has expired."""

    status: int
    good: bool
    says: str
    retry_after: int | None
    expired: bool


def made(asked: Asked) -> Told:
    """The call's outcome."""
    values, service = asked["values"], asked["service"]
    request = httpx.Request(
        asked["method"],
        _filled(asked["url"], {name: quote(value, safe="") for name, value in values.items()}),
        headers={name: _filled(text, values) for name, text in asked["headers"].items()},
        data={name: _filled(text, values) for name, text in asked["form"].items()} or None,
    )
    try:
        with httpx.Client(trust_env=False, follow_redirects=False, timeout=SECONDS) as client:
            response = client.send(request, stream=True)
            response.close()
    except httpx.TimeoutException:
        return _told(0, f"{service} did not answer within {SECONDS:g} s")
    except httpx.HTTPError as wrong:
        return _told(0, f"{service} can't be reached ({type(wrong).__name__})")
    status, good = response.status_code, response.status_code in asked["expects"]
    says = "accepted the credential" if good else WORDS.get(status, "is out of order" if status >= 500 else "answered")
    expired = status == 401 and EXPIRED.search(response.headers.get("www-authenticate", "")) is not None
    says = "says that the token has expired" if expired else says
    return _told(status, f"{service} {says} ({status})", good, response.headers.get("retry-after", ""), expired)


def _told(status: int, says: str, good: bool = False, after: str = "", expired: bool = False) -> Told:
    seconds = int(after) if after.isascii() and after.isdigit() and len(after) <= 6 else None
    return {"status": status, "good": good, "says": says, "retry_after": seconds, "expired": expired}


def _filled(text: str, values: dict[str, str]) -> str:
    """Each `{field}` once, in one pass: a value that looks like a place is not filled in again."""
    first, *parts = text.split("{")
    return first + "".join(_part(part, values) for part in parts)


def _part(part: str, values: dict[str, str]) -> str:
    name, closed, rest = part.partition("}")
    return f"{values[name]}{rest}" if closed and name in values else f"{{{part}"


def main() -> None:
    """Whatever goes wrong says only what sort of error it was: its text may hold a value."""
    try:
        told = made(json.loads(sys.stdin.buffer.read(LONGEST)))
    except Exception as wrong:  # noqa: BLE001 -- see above
        told = _told(0, f"the call could not be made ({type(wrong).__name__})")
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
