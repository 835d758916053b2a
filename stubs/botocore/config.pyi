from collections.abc import Mapping

class Config:
    def __init__(
        self,
        *,
        connect_timeout: float,
        read_timeout: float,
        retries: Mapping[str, int],
        proxies: Mapping[str, str],
        ignore_configured_endpoint_urls: bool,
    ) -> None: ...
