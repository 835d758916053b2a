"""A real HTTP server between the desk and a vault: it passes everything on, or behaves as vaults and networks do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from tests.stage.wires.plain import NOBODY

Trouble = Callable[["Asked"], tuple[int, bytes] | None]


@dataclass(frozen=True)
class Asked:
    """One call. `number` counts from 1."""

    number: int
    method: str
    path: str
    token: str
    body: bytes


@dataclass
class Between:
    """`trouble` answers instead of the vault; with None it is the vault that does."""

    address: str
    vault: str
    trouble: Trouble | None = None
    asked: list[Asked] = field(default_factory=list)
    going: threading.Event = field(default_factory=threading.Event)

    def silent(self, asked: Asked) -> tuple[int, bytes]:
        """No answer until the end of the test."""
        self.going.wait(20)
        return 504, b""

    def answered(self, asked: Asked) -> tuple[int, bytes]:
        """What is sent back."""
        self.asked.append(asked)
        if self.trouble is not None and (instead := self.trouble(asked)) is not None:
            return instead
        headers = {"X-Vault-Token": asked.token} if asked.token else {}
        return self._passed_on(asked, headers)

    def _passed_on(self, asked: Asked, headers: dict[str, str]) -> tuple[int, bytes]:
        wrap = {"X-Vault-Wrap-TTL": "60s"} if asked.path.endswith("/secret-id") else {}
        with httpx.Client(verify=NOBODY, trust_env=False) as client:
            answer = client.request(
                asked.method, f"{self.vault}{asked.path}", content=asked.body, headers={**headers, **wrap}
            )
        return answer.status_code, answer.content


def echo(status: int) -> Trouble:
    """An answer that says again all that it was told, as an error."""
    return lambda asked: (
        status,
        json.dumps({"errors": [f"{asked.path} {asked.token} {asked.body!r}"], "auth": asked.token}).encode(),
    )


@contextmanager
def between(vault: str) -> Iterator[Between]:
    """The server, until the end of the block."""

    class Passing(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or "0"))
            number = len(standing.asked) + 1
            asked = Asked(number, self.command, self.path, self.headers.get("X-Vault-Token") or "", body)
            status, content = standing.answered(asked)
            try:
                self.send_response(status)
                if status != 204:
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except ConnectionError:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = do_LIST = answer

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Passing) as server:
        standing = Between(f"http://127.0.0.1:{server.server_port}", vault)
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield standing
        finally:
            standing.going.set()
            server.shutdown()
            serving.join()
