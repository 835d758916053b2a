"""What machines that watch the desk ask, with no session: `/healthz`, `/readyz` and `/metrics`.

Rule: whether it is alive and ready is no secret; the figures are for this machine, or for whoever holds the token.
"""

import hmac
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

import anyio
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from checkpoints.actions.from_outside import watching
from checkpoints.actions.from_outside.watching import Check
from checkpoints.core.errors import NotYourCall
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from to_tools.page.from_outside.arrivals import kept_key
from to_tools.page.who.session import TheDesk

KEY_FILE = "metrics"
PATIENCE_S = 3.0
PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
NO_ANSWER = Check(False, f"does not answer within {PATIENCE_S:g} s")

router = APIRouter()


def metrics_key(desk: Desk) -> bytes:
    """What whoever scrapes from elsewhere sends, made when it is missing. Raises Unavailable."""
    return kept_key(desk.home / "keys", KEY_FILE)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive and its event loop answers; nothing else is asked."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(desk: TheDesk) -> JSONResponse:
    checks: Mapping[str, Check] = {"database": NO_ANSWER}
    with anyio.move_on_after(PATIENCE_S):
        # A database that hangs holds up a thread, not the answer.
        checks = await anyio.to_thread.run_sync(_checks, desk, abandon_on_cancel=True)
    ready = all(check.ok for check in checks.values())
    body = {"ready": ready, "checks": {name: {"ok": check.ok, "says": check.says} for name, check in checks.items()}}
    return JSONResponse(body, 200 if ready else 503)


@router.get("/metrics")
def metrics(request: Request, desk: TheDesk) -> Response:
    if not (_from_here(request, desk) or _with_token(request, desk)):
        raise NotYourCall("The figures are for this desk's own machine, or for whoever sends its token.")
    # Here: what only a machine that watches needs doesn't hold up the page's start.
    from to_tools.page.from_outside.exposition import CONTENT_TYPE, exposition

    return Response(exposition(watching.figures(desk)), media_type=CONTENT_TYPE)


def _checks(desk: Desk) -> Mapping[str, Check]:
    return watching.readiness(desk, Settings(home=desk.home).unseen_seconds)


def _from_here(request: Request, desk: Desk) -> bool:
    """A caller on this machine, at a page that has no other name: behind a proxy everybody comes from here."""
    own_name = urlsplit(desk.page_url).hostname or ""
    passed_on = any(header in request.headers for header in PASSED_ON)
    return not passed_on and _loopback(own_name) and _loopback(request.client.host if request.client else "")


def _with_token(request: Request, desk: Desk) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), metrics_key(desk))


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
