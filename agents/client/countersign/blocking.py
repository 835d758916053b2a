"""The same for who has no event loop: each blocks until it is over."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from countersign.approving import approve_credential_request
from countersign.asking import request_credential
from countersign.credential import Credential
from countersign.now import finished


def request_credential_now(
    project_id: str,
    service: str,
    credential_type: str = "api_key",
    expires_in_minutes: int | None = 30,
    *,
    scope: str = "",
    addresses: Sequence[str] = (),
    uses: int | None = None,
    why: str = "",
    url: str = "",
    token: str = "",
    key: str = "",
    state: Path | None = None,
    wait_s: float | None = None,
    patience_s: float = 300.0,
) -> Credential:
    """As `request_credential`; `credential.read_now()` opens it."""
    return finished(
        request_credential(
            project_id,
            service,
            credential_type,
            expires_in_minutes,
            scope=scope,
            addresses=addresses,
            uses=uses,
            why=why,
            url=url,
            token=token,
            key=key,
            state=state,
            wait_s=wait_s,
            patience_s=patience_s,
        )
    )


def approve_credential_request_now(
    request_id: str,
    credential_value: str | Mapping[str, str],
    restrictions: Mapping[str, Sequence[str] | int] | None = None,
    *,
    code: str = "",
    note: str = "",
    sure: bool = False,
    through_desk: bool = False,
    url: str = "",
    token: str = "",
    patience_s: float = 30.0,
) -> str:
    """As `approve_credential_request`."""
    return finished(
        approve_credential_request(
            request_id,
            credential_value,
            restrictions,
            code=code,
            note=note,
            sure=sure,
            through_desk=through_desk,
            url=url,
            token=token,
            patience_s=patience_s,
        )
    )
