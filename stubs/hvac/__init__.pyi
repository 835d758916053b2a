from collections.abc import Mapping

from hvac.adapters import JSONAdapter
from requests import Session

class Client:
    def __init__(
        self,
        url: str,
        token: str,
        verify: bool | str | None = None,
        timeout: float | tuple[float, float] = 30,
        allow_redirects: bool = True,
        session: Session | None = None,
        namespace: str | None = None,
    ) -> None: ...
    def read(self, path: str, wrap_ttl: str | None = None) -> object: ...
    def list(self, path: str) -> object: ...
    def write_data(
        self, path: str, *, data: Mapping[str, object] | None = None, wrap_ttl: str | None = None
    ) -> object: ...
    @property
    def adapter(self) -> JSONAdapter: ...
