"""The part of Authlib's OAuth 2 client on httpx that we use."""

from collections.abc import Mapping

import httpx

class OAuth2Client(httpx.Client):
    token: Mapping[str, object]
    def __init__(
        self,
        client_id: str | None = ...,
        client_secret: str | None = ...,
        *,
        redirect_uri: str | None = ...,
        scope: str | None = ...,
        code_challenge_method: str | None = ...,
        token: Mapping[str, object] | None = ...,
        token_endpoint: str = ...,
        timeout: float = ...,
    ) -> None: ...
    def create_authorization_url(
        self, url: str, state: str | None = ..., code_verifier: str | None = ...
    ) -> tuple[str, str]: ...
    def fetch_token(
        self,
        url: str | None = ...,
        *,
        code: str | None = ...,
        authorization_response: str | None = ...,
        state: str | None = ...,
        code_verifier: str | None = ...,
        grant_type: str | None = ...,
    ) -> Mapping[str, object]: ...
    def refresh_token(self, url: str | None = ..., refresh_token: str | None = ...) -> Mapping[str, object]: ...
