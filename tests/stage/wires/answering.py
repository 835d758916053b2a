"""A real HTTP server on this machine that answers as the path of a call says: `/503`, or what a test has put there."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """What goes over the wire."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answering:
    """`answers` by path; any other path is the status itself."""

    address: str
    answers: dict[str, Answer]

    def at(self, path: str, answer: Answer | None = None) -> str:
        """The address of a path, where that is answered from now on."""
        if answer is not None:
            self.answers[path] = answer
        return f"{self.address}{path}"


@contextmanager
def answering() -> Iterator[Answering]:
    """The server, until the end of the block."""
    answers: dict[str, Answer] = {}

    class Answerer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", "0")))
            answer = answers.get(self.path) or Answer(int(self.path.strip("/")))
            self.send_response(answer.status)
            for name, value in {"content-length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answerer) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield Answering(f"http://127.0.0.1:{server.server_port}", answers)
        finally:
            server.shutdown()
            serving.join()
