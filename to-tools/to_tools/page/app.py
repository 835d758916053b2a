"""The page as one application: its routes, its headers, and who may call it by which name."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from checkpoints.store.desk import Desk
from to_tools.page import answering, looking
from to_tools.page.cases import bundles, courses
from to_tools.page.credentials import by_script, consenting, entering, giving, lives
from to_tools.page.drawn import live
from to_tools.page.drawn.reaching import policy
from to_tools.page.from_outside import arrivals, evidence, watching
from to_tools.page.refusing import refuse_in
from to_tools.page.who import account, second_factor, signing_in
from to_tools.page.who.by_link import answering as by_link

HEADERS = {
    "content-security-policy": policy(),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Headers:
    """Puts our headers on every answer. Nothing is kept by a browser; our own files are asked for anew."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    # A file that is saved brings a stricter rule of its own.
                    headers.setdefault(name, value)
                headers["cache-control"] = "no-cache" if scope["path"].startswith("/static/") else "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


def page(desk: Desk, door: Callable[[ASGIApp], ASGIApp] | None = None) -> FastAPI:
    """The application at one desk. `door` stands before it: what goes in there has rules of its own."""
    app = FastAPI(title="Countersign", lifespan=_listening, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.state.live = live.Live(desk.engine.url)
    for routes in (
        looking.router,
        answering.router,
        by_link.router,
        courses.router,
        account.router,
        bundles.router,
        second_factor.router,
        signing_in.router,
        live.router,
        arrivals.router,
        watching.router,
        evidence.router,
        giving.router,
        lives.router,
        entering.router,
        consenting.router,
        by_script.router,
    ):
        app.include_router(routes)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    refuse_in(app)
    # Another name that leads to this machine would be another site's page speaking to ours (DNS rebinding).
    names = {"127.0.0.1", "localhost", urlsplit(desk.page_url).hostname or "localhost"}
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=sorted(names), www_redirect=False)
    if door is not None:
        app.add_middleware(door)
    app.add_middleware(Headers)
    return app


@asynccontextmanager
async def _listening(app: FastAPI) -> AsyncIterator[None]:
    listening = asyncio.create_task(app.state.live.listen())
    try:
        yield
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
