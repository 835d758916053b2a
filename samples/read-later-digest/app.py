"""Read Later Digest: serves the articles that a reader saved. Rule: it is told everything at its start, once."""

import json
import os
import socket
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import articles
import page

LONGEST_SECRETS = 64_000


class Told:
    """What it was told: where its articles are, what it is called, and which services it has credentials for."""

    def __init__(self, database: Path, environment: str, release: str, secrets: dict[str, dict[str, str]]) -> None:
        self.database = database
        self.environment = environment
        self.release = release
        self.secrets = secrets

    @property
    def services(self) -> list[str]:
        """Names only: a value is for the call to the service, and for nothing else."""
        return sorted(self.secrets)


class Digest(ThreadingHTTPServer):
    """Serves on a socket that was opened by somebody else."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, told: Told) -> None:
        super().__init__(("", 0), Visit, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.told = told


class Visit(BaseHTTPRequestHandler):
    """One request."""

    server: Digest
    timeout = 30

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        told = self.server.told
        if path == "/health":
            self._json(*health(told))
        elif path == "/api/articles":
            self._json(HTTPStatus.OK, {"articles": [found.as_json() for found in articles.saved(told.database)]})
        elif path == "/":
            shown = page.morning(articles.saved(told.database), told.environment)
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", shown)
        else:
            self._json(HTTPStatus.NOT_FOUND, {"error": "There is nothing here."})

    do_HEAD = do_GET

    def _json(self, status: HTTPStatus, value: object) -> None:
        self._answer(status, "application/json", json.dumps(value))

    def _answer(self, status: HTTPStatus, media_type: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", page.POLICY)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *given: object) -> None:
        """Errors only: who reads what is nobody's business."""

    def log_error(self, format: str, *given: object) -> None:
        sys.stderr.write(f"{format % given}\n")


def health(told: Told) -> tuple[HTTPStatus, dict[str, object]]:
    """Well as long as its database can be read; one without tables is one that waits for its migrations."""
    try:
        state = articles.state(told.database)
    except articles.Unreadable as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, {"ok": False, "because": str(error)}
    return HTTPStatus.OK, {
        "ok": True,
        "version": told.release[:12],
        "environment": told.environment,
        "services": told.services,
        **state,
    }


def secrets_from(text: str) -> dict[str, dict[str, str]]:
    """One JSON object, service → field → value. Raises ValueError, which doesn't quote it."""
    try:
        given = json.loads(text or "{}")
    except ValueError:
        raise ValueError("The secrets are no JSON.") from None
    if not isinstance(given, dict) or not all(isinstance(fields, dict) for fields in given.values()):
        raise ValueError("The secrets are no object of objects.")
    return {
        str(service): {str(name): str(value) for name, value in fields.items()} for service, fields in given.items()
    }


def main() -> None:
    secrets = secrets_from(sys.stdin.read(LONGEST_SECRETS))
    told = Told(Path(os.environ["DATABASE"]), os.environ.get("ENVIRONMENT", ""), os.environ.get("RELEASE", ""), secrets)
    with socket.socket(fileno=int(os.environ["LISTEN_FD"])) as listening, Digest(listening, told) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
