"""A consent at a third party (OAuth 2.0, RFC 6749, with PKCE, RFC 7636): where to send a person, and what comes of it.

Rule: nothing that the provider says is repeated; what is granted must be exactly what was asked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.work.services.calls import Consent

if TYPE_CHECKING:
    import httpx

SECONDS = 20.0
LONGEST_ANSWER = 65_536
HERE = ("localhost", "127.0.0.1", "::1")
KEPT = ("access_token", "refresh_token")


def address(consent: Consent, redirect_uri: str, state: str, verifier: str) -> str:
    """The provider's page where the person allows it. Raises Refused for an address that nobody is sent to."""
    _check(consent.authorize_url)
    _check(consent.token_url)
    return prepare_grant_uri(
        consent.authorize_url,
        consent.client_id,
        "code",
        redirect_uri=redirect_uri,
        scope=" ".join(consent.scopes),
        state=state,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )


def exchange(consent: Consent, redirect_uri: str, code: str, verifier: str) -> dict[str, str]:
    """The tokens that the code is good for. Raises Refused (not granted, or other scopes), Unavailable."""
    _check(consent.token_url)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": consent.client_id,
        "code_verifier": verifier,
    }
    told = _told(consent, form)
    granted = set(str(told.get("scope", " ".join(consent.scopes))).split())
    if granted != set(consent.scopes):
        missing, more = sorted(set(consent.scopes) - granted), sorted(granted - set(consent.scopes))
        what = [f"{len(missing)} scopes less"] * bool(missing) + [f"{len(more)} scopes more"] * bool(more)
        raise Refused(
            f"{consent.service} granted {' and '.join(what)} than was asked. Nothing was recorded or kept: "
            "begin again and allow exactly what the card names, or ask for changes."
        )
    return {name: str(told[name]) for name in KEPT if isinstance(told.get(name), str)}


def _told(consent: Consent, form: dict[str, str]) -> dict[str, object]:
    """The token endpoint's answer, once it is one with a token in it."""
    import httpx  # here: the page answers a tenth of a second earlier after its start

    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
            client.stream("POST", consent.token_url, data=form, headers={"accept": "application/json"}) as response,
        ):
            status, body = response.status_code, _body(response)
    except httpx.HTTPError as wrong:
        raise Unavailable(
            f"{consent.service} can't be reached ({type(wrong).__name__}). Nothing was recorded: begin again later."
        ) from None
    if status >= 500 or status == 429:
        raise Unavailable(f"{consent.service} is out of order ({status}). Nothing was recorded: begin again later.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if status != 200 or not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
        raise Refused(f"{consent.service} did not grant it ({status}). Nothing was recorded: begin again.")
    return told


def _body(response: httpx.Response) -> bytes:
    """No more of it than a token takes."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            return b""
    return bytes(body)


def _check(url: str) -> None:
    try:
        where = urlsplit(url)
        safe = where.scheme == "https" or (where.scheme == "http" and where.hostname in HERE)
    except ValueError:
        safe = False
    if not safe or not url.isascii() or not url.isprintable():
        raise Refused("Consent is given over https, or on this machine itself. Nothing was begun: reject it.")
