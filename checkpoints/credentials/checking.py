"""Calls a service with a credential: asked of the sandbox process, where a child alone sees the values.

Rule: values reach the child on its input only; what comes back says how the service answered, in our own words.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import AF_UNIX, socket
from typing import TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.work.services.calls import Call, CallAnswer

CHILD = Path(__file__).with_name("one_call.py")
SECONDS = 30.0
"""For the child, which gives the service 20."""
PATIENCE = 60.0
LONGEST = 65_536
METHODS = ("GET", "POST")
HERE = ("localhost", "127.0.0.1", "::1")
PLACES = re.compile(r"\{([a-z][a-z0-9_]{0,40})\}")

Open: TypeAlias = Callable[[UUID, str, Call], Mapping[str, str]]
"""Redeems a ticket of a case for one call: the values by field."""


@dataclass(frozen=True)
class Sandbox:
    """Asks the sandbox process, which listens on `path`."""

    path: Path

    def call(self, case: str, ticket: UUID, call: Call) -> CallAnswer:
        """One call. Raises Refused when the ticket opens nothing, Unavailable when nothing was called."""
        asked = {"check": {"case": case, "ticket": str(ticket), **_written(call)}}
        try:
            with socket(AF_UNIX) as line, line.makefile("rwb") as stream:
                line.settimeout(PATIENCE)
                line.connect(str(self.path))
                stream.write(json.dumps(asked).encode() + b"\n")
                stream.flush()
                told: dict[str, Json] = json.loads(stream.readline(LONGEST))
        except (OSError, ValueError):
            raise Unavailable("The sandbox does not answer; whether the service was called is not known.") from None
        if isinstance(answer := told.get("answer"), dict):
            return _answer(answer)
        if "refused" in told:
            raise Refused(str(told["refused"]))
        raise Unavailable(str(told.get("unavailable", "The sandbox said nothing that can be read.")))


def check(asked: Json, open: Open) -> dict[str, Json]:
    """The sandbox's side: what it answers to what was asked, which may be anything."""
    try:
        case, ticket, call = _read(asked)
        _may_be_called(call)
        found = in_a_child(call, open(ticket, case, call))
    except Unavailable as why:
        return {"unavailable": str(why)}
    except Countersign as why:
        return {"refused": str(why)}
    told: dict[str, Json] = {"status": found.status, "says": found.says, "good": found.good}
    return {"answer": told | {"retry_after": found.retry_after, "expired": found.expired}}


def in_a_child(call: Call, values: Mapping[str, str]) -> CallAnswer:
    """Makes the call in a process of its own, with nothing of our environment. Raises Unavailable."""
    missing = sorted(set(PLACES.findall(json.dumps(_written(call)))) - set(values))
    if missing:
        raise Refused(f"The credential has no {', '.join(missing)}. Nothing was called.")
    document = json.dumps({**_written(call), "values": dict(values)}).encode()
    child = subprocess.Popen(
        [sys.executable, "-I", str(CHILD)],
        env={"LANG": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        said, _ = child.communicate(document, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        said = b""
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        child.communicate()
    try:
        told: dict[str, Json] = json.loads(said[:LONGEST])
    except ValueError:
        raise Unavailable(f"{call.service} could not be called. Try again.") from None
    return _answer(told)


def _read(asked: Json) -> tuple[str, UUID, Call]:
    """Raises Refused for what is no request of this sort."""
    try:
        if not isinstance(asked, dict):
            raise TypeError
        expects, headers, form = asked["expects"], asked["headers"], asked["form"]
        if not (isinstance(expects, list) and isinstance(headers, dict) and isinstance(form, dict)):
            raise TypeError
        call = Call(
            service=str(asked["service"]),
            method=str(asked["method"]),
            url=str(asked["url"]),
            headers={name: str(value) for name, value in headers.items()},
            expects=tuple(int(str(status)) for status in expects),
            form={name: str(value) for name, value in form.items()},
        )
        return str(asked["case"]), UUID(str(asked["ticket"])), call
    except (KeyError, TypeError, ValueError):
        raise Refused("The request can't be read. Nothing was called.") from None


def _may_be_called(call: Call) -> None:
    """Raises Refused: a secret goes by TLS, or not off this machine, and only into the places that are meant for it."""
    try:
        where = urlsplit(call.url)
        safe = where.scheme == "https" or (where.scheme == "http" and where.hostname in HERE)
    except ValueError:
        safe = False
    if call.method not in METHODS or not safe or PLACES.search(call.url.partition("?")[0]):
        raise Refused("Only https, or this machine itself, is called with a credential. Nothing was called.")


def _written(call: Call) -> dict[str, Json]:
    return {
        "service": call.service,
        "method": call.method,
        "url": call.url,
        "headers": dict(call.headers),
        "expects": list(call.expects),
        "form": dict(call.form),
    }


def _answer(told: Mapping[str, Json]) -> CallAnswer:
    after = told.get("retry_after")
    return CallAnswer(
        status=int(str(told.get("status", 0))),
        says=str(told.get("says", "")),
        good=told.get("good") is True,
        retry_after=after if isinstance(after, int) else None,
        expired=told.get("expired") is True,
    )
