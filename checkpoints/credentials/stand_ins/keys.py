"""Services that are called with a key: what each would answer, by the key's shape alone."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from checkpoints.core.work.services.shapes import SHAPES

MOODS: dict[str, tuple[int, dict[str, str]]] = {"-limited": (429, {"retry-after": "30"}), "-down": (503, {})}
LONGEST = 65_536
BEARERS = {
    "/sendgrid/v3/scopes": "sendgrid key",
    "/openai/v1/models": "openai key",
    "/stripe/v1/balance": "stripe key",
    "/{name}/check": "key",
}


def routes() -> list[Route]:
    """Pocket's own way, an OAuth client's, and those that take a bearer key."""
    bearers = [Route(path, _bearer(shape), methods=["GET"]) for path, shape in BEARERS.items()]
    clients = [Route("/pocket/v3/oauth/request", _pocket, methods=["POST"])]
    clients.append(Route("/{name}/client", _client, methods=["POST"]))
    return [*clients, *bearers]


def judged(key: str, shape: str) -> Response:
    """As a service judges a key."""
    mood = next((mood for mood in MOODS if key.endswith(mood)), "")
    if not SHAPES[shape].pattern.fullmatch(key.removesuffix(mood)):
        return JSONResponse({"error": "unauthorized"}, 401)
    status, headers = MOODS.get(mood, (200, {}))
    return JSONResponse({"stand-in": True}, status, headers)


def bearer(request: Request) -> str:
    """The key of the Authorization header, or nothing."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key if scheme.lower() == "bearer" else ""


async def form_of(request: Request) -> dict[str, str]:
    """A small form; nothing of one that is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=60))


async def _pocket(request: Request) -> Response:
    """The first step of its sign-in, which knows whether the consumer key is one."""
    form = await form_of(request)
    if not form.get("redirect_uri", "").startswith(("https://", "http://")):
        return JSONResponse({"error": "missing redirect url"}, 400)
    return judged(form.get("consumer_key", ""), "pocket consumer key")


async def _client(request: Request) -> Response:
    """A token for the client itself."""
    form = await form_of(request)
    if form.get("grant_type") != "client_credentials" or not form.get("client_id"):
        return JSONResponse({"error": "invalid_request"}, 400)
    return judged(form.get("client_secret", ""), "key")


def _bearer(shape: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return judged(bearer(request), shape)

    return answer
