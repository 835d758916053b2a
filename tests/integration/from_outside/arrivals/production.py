"""A production that can be switched off: a real HTTP server in a thread, at an address of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Production:
    """What the next probe finds: a status, after so many seconds. `asked` are the paths that were asked for."""

    status: int = 200
    delay: float = 0
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_production(production: Production) -> Iterator[None]:
    """Serves until the block ends; from then on nothing answers at its port."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            production.asked.append(self.path)
            time.sleep(production.delay)
            self.send_response(production.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests read what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", production.port), Answers)
    production.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
