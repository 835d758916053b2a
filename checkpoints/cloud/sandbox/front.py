"""What stands before the releases: it takes a visit to the one that is served there.

Rule: a release never sees a person's cookie of the desk's page, and can set none.
"""

import html
import ipaddress
import os
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from checkpoints.cloud.sandbox.host import Host
from checkpoints.cloud.sandbox.record import Place
from checkpoints.cloud.sandbox.running import Running
from checkpoints.core.work.release import FALLS, Environment

OURS = "countersign"
"""How the names of the page's cookies begin."""
PREFIX = re.compile(r"/([a-z0-9][a-z0-9-]{0,79})/(staging|production)(?=/|$)")
SECONDS = 60.0
HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"),
    *("transfer-encoding", "upgrade", "host"),
}
"""Of one connection only (RFC 9110, section 7.6.1); the host is told as it was."""
OF_ALL = {"clear-site-data", "service-worker-allowed", "strict-transport-security"}
"""What would count for everything that is served under this host name."""
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def front(host: Host, stand_ins: Sequence[BaseRoute] = ()) -> Starlette:
    """The application. `stand_ins` are served under /stand-in, before any release."""
    door = _Visits(host)
    routes = [
        Mount("/stand-in", routes=list(stand_ins)),
        Route("/{path:path}", door.take, methods=METHODS),
    ]
    return Starlette(routes=routes, lifespan=door.lifespan)


class _Visits:
    """Takes each request to the process that serves its place, with a connection pool a process.

    By httpx's transport, not its client: that one would hand one visitor's cookies to the next.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.lines: dict[str, httpx.AsyncHTTPTransport] = {}

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        for line in self.lines.values():
            await line.aclose()

    async def take(self, request: Request) -> Response:
        name, path = _name(request), bytes(request.scope["raw_path"]).decode("latin-1")
        if _is_address(name):
            # The page is at 127.0.0.1, and cookies know no ports: what others wrote is served under another name only.
            return RedirectResponse(request.url.replace(hostname="localhost"), 307)
        place, prefix = self.host.place_of(name), ""
        if place is None and name == "localhost" and (found := PREFIX.match(path)):
            place, prefix = Place(found[1], Environment(found[2])), found[0]
        if place is None:
            return _words(404, "Nothing is served here", f"Nothing is served under {name[:253]} at this address.")
        if path == prefix:
            return RedirectResponse(URL(f"{prefix}/").replace(query=request.url.query), 307)
        running = self.host.process_of(place)
        if running is None or running.ended:
            return _nothing(place, starting=self.host.served(place) is not None)
        response = await self._taken(request, running, path.removeprefix(prefix), prefix)
        response.headers[FALLS] = str(self.host.falls(place))
        return response

    async def _taken(self, request: Request, running: Running, path: str, prefix: str) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        headers = [*_asked(request.headers.items()), *_forwarded(request, prefix)]
        line = await self._line(running)
        running.visits += 1
        try:
            body = request.stream() if _has_body(request) else None
            ask = httpx.Request(request.method, f"http://localhost{path}{query}", headers=headers, content=body)
            ask.extensions = {"timeout": httpx.Timeout(SECONDS).as_dict()}
            answer = await line.handle_async_request(ask)
        except (httpx.HTTPError, httpx.InvalidURL, ClientDisconnect):
            running.visits -= 1
            return _words(502, "The release gave no answer", "It is at work, and didn't answer this request.")
        response = StreamingResponse(_content(answer, running), answer.status_code)
        answered = _answered(answer.headers.multi_items())
        response.raw_headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answered]
        return response

    async def _line(self, running: Running) -> httpx.AsyncHTTPTransport:
        path = os.fspath(running.path)
        if path not in self.lines:
            for gone in [known for known in self.lines if not os.path.exists(known)]:
                await self.lines.pop(gone).aclose()
            self.lines[path] = httpx.AsyncHTTPTransport(uds=path, verify=False)
        return self.lines[path]


async def _content(answer: httpx.Response, running: Running) -> AsyncIterator[bytes]:
    try:
        async for part in answer.aiter_raw():
            yield part
    finally:
        running.visits -= 1
        await answer.aclose()


def _name(request: Request) -> str:
    """The host's name as it was asked for, in small letters, without its port."""
    told = request.headers.get("host", "").lower()
    name = told[1:].partition("]")[0] if told.startswith("[") else told.partition(":")[0]
    return name.rstrip(".")


def _is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def _has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers


def _asked(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        if name.lower() == "cookie":
            others = [cookie for cookie in value.split(";") if not cookie.strip().lower().startswith(OURS)]
            if others:
                yield name, ";".join(others).strip()
        elif name.lower() not in HOP and not name.lower().startswith("x-forwarded-"):
            yield name, value


def _answered(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        sets_ours = name.lower() == "set-cookie" and value.strip().lower().startswith(OURS)
        if name.lower() not in HOP | OF_ALL | {FALLS} and not sets_ours:
            yield name, value


def _forwarded(request: Request, prefix: str) -> Iterable[tuple[str, str]]:
    yield "host", request.headers.get("host", "localhost")
    yield "x-forwarded-prefix", prefix
    yield "x-forwarded-host", request.headers.get("host", "localhost")
    yield "x-forwarded-proto", request.url.scheme
    yield "x-forwarded-for", request.client.host if request.client else ""


def _nothing(place: Place, *, starting: bool) -> Response:
    if starting:
        return _words(503, "It is being started", f"{place.case} is started for {place.environment}. Try again soon.")
    return _words(503, "Nothing is served here yet", f"No release of {place.case} is deployed to {place.environment}.")


def _words(status: int, title: str, text: str) -> Response:
    shown = "".join(f"<{tag}>{html.escape(words)}</{tag}>" for tag, words in (("h1", title), ("p", text)))
    style = "body{font:1.1rem/1.5 system-ui;max-width:36rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}"
    page = f'<!doctype html><meta charset="utf-8"><title>{html.escape(title)}</title><style>{style}</style>{shown}'
    more = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'", "cache-control": "no-store"}
    return HTMLResponse(page, status, headers=more)
