"""A small OAuth 2.0 provider: a plain consent page, authorization codes with PKCE (RFC 7636), tokens, `me`.

Rule: it knows nobody and nothing; whoever sees its page may allow all that was asked, a part of it, or nothing.
"""

import hmac
import secrets
import time
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from checkpoints.core.work.services.shapes import SHAPES
from checkpoints.credentials.stand_ins.keys import bearer, form_of

CALLBACK = "/callbacks/consent"
CODE_LASTS_S = 60.0
MARK = "stand-in-"
ASKED = ("client_id", "redirect_uri", "scope", "state", "code_challenge")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{service} (stand-in)</title>
<body style="font: 1.1rem/1.5 system-ui; max-width: 34rem; margin: 3rem auto; padding: 0 1rem">
<h1>{service} (stand-in)</h1><p>This page only stands for the real service. <b>{client}</b> asks you to allow:</p>
<form method="post">{hidden}{scopes}<p><button name="allow" value="yes">Allow</button>
<button name="allow" value="no">Deny</button></p></form></body></html>"""


@dataclass
class Codes:
    """Codes that were given out, each good once and for a minute."""

    given: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)

    def new(self, asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe(24)
        self.given[code] = (time.monotonic(), asked)
        return code

    def take(self, code: str) -> dict[str, str] | None:
        made, asked = self.given.pop(code, (0.0, {}))
        return asked if asked and time.monotonic() - made < CODE_LASTS_S else None


def routes() -> list[Route]:
    """One provider under any slug."""
    codes = Codes()

    async def decide(request: Request) -> Response:
        return await _decided(request, codes)

    async def exchange(request: Request) -> Response:
        return await _exchanged(request, codes)

    return [
        Route("/{name}/authorize", _page, methods=["GET"]),
        Route("/{name}/authorize", decide, methods=["POST"]),
        Route("/{name}/token", exchange, methods=["POST"]),
        Route("/{name}/me", _me, methods=["GET"]),
    ]


async def _page(request: Request) -> Response:
    asked = {name: request.query_params.get(name, "") for name in ASKED}
    if not _comes_back(asked["redirect_uri"]) or not asked["code_challenge"]:
        return JSONResponse({"error": "invalid_request"}, 400)
    box = '<p><label><input type="checkbox" name="scope.{0}" value="yes" checked> {0}</label></p>'
    scopes = "".join(box.format(escape(scope)) for scope in asked["scope"].split())
    hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in asked.items())
    service, client = escape(request.path_params["name"].capitalize()), escape(asked["client_id"])
    return HTMLResponse(PAGE.format(service=service, client=client, hidden=hidden, scopes=scopes))


async def _decided(request: Request, codes: Codes) -> Response:
    form = await form_of(request)
    if not _comes_back(form.get("redirect_uri", "")):
        return JSONResponse({"error": "invalid_request"}, 400)
    if form.get("allow") == "yes":
        allowed = " ".join(name.removeprefix("scope.") for name in form if name.startswith("scope."))
        told = {"code": codes.new({**form, "scope": allowed})}
    else:
        told = {"error": "access_denied"}
    query = urlencode(told | {"state": form.get("state", "")})
    return RedirectResponse(f"{form['redirect_uri']}?{query}", status_code=303)


async def _exchanged(request: Request, codes: Codes) -> Response:
    form = await form_of(request)
    asked = codes.take(form.get("code", ""))
    same = asked is not None and all(form.get(n) == asked.get(n) for n in ("client_id", "redirect_uri"))
    challenge = create_s256_code_challenge(form.get("code_verifier", ""))
    if asked is None or not same or not hmac.compare_digest(challenge, asked.get("code_challenge", "")):
        return JSONResponse({"error": "invalid_grant"}, 400)
    token = MARK + secrets.token_urlsafe(32)
    return JSONResponse({"access_token": token, "token_type": "Bearer", "scope": asked["scope"]})


async def _me(request: Request) -> Response:
    token = bearer(request)
    known = token.startswith(MARK) and SHAPES["key"].pattern.fullmatch(token)
    return JSONResponse({"stand-in": True}) if known else JSONResponse({"error": "invalid_token"}, 401)


def _comes_back(address: str) -> bool:
    """Only to a desk: a page that sends people anywhere would be of use to others."""
    try:
        where = urlsplit(address)
    except ValueError:
        return False
    return where.scheme in ("http", "https") and where.path == CALLBACK
