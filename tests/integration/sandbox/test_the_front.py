"""What stands before a release: who is sent where, and what never gets past it."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from checkpoints.core.work.release import Environment
from checkpoints.fence import Fence, holds
from checkpoints.settings import Settings
from tests.stage.releases import variant
from tests.stage.sandbox import RunningSandbox, running_sandbox
from tests.stage.wires.plain import NOBODY

ECHO = '''
"""Answers with what it was asked, and tries to set what it must not."""
import json, os, socket, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("content-length") or 0)
        told = {"path": self.path, "method": self.command, "headers": [list(pair) for pair in self.headers.items()],
                "body": self.rfile.read(length).decode()}
        content = json.dumps(told).encode()
        self.send_response(200)
        for value in ("countersign_8710=stolen", " Countersign_session=x; Path=/", "visits=1", "theme=dark; Path=/"):
            self.send_header("Set-Cookie", value)
        for name in ("Clear-Site-Data", "Service-Worker-Allowed", "Connection", "Upgrade"):
            self.send_header(name, "/")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *given):
        pass

server = ThreadingHTTPServer(("", 0), Echo, bind_and_activate=False)
server.socket = socket.socket(fileno=int(os.environ["LISTEN_FD"]))
server.serve_forever()
'''
CASE, STAGING = "echo", Environment.STAGING


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One that serves the echo in staging, and nothing in production."""
    home, sources = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("sources")
    report = holds(Fence(home))
    if not report.holds:
        print(report.says)
        pytest.skip(report.says)
    with running_sandbox(Settings(home=home), sources) as running:
        digest = running.deployer.build(CASE, variant(sources, "echo", {"app.py": ECHO})).digest
        running.deployer.deploy(CASE, STAGING, digest, [])
        yield running


@pytest.fixture
def visitor(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{sandbox.settings.sandbox_url}/{CASE}/staging", verify=NOBODY, trust_env=False
    ) as client:
        yield client


def headers(answer: httpx.Response) -> dict[str, str]:
    """What the release was told, by small names."""
    return {name.lower(): value for name, value in answer.json()["headers"]}


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("countersign_8710=token", None),
        ("Countersign_session=token", None),
        ("a=1; countersign_8710=token; b=2", "a=1; b=2"),
        ("countersign=token;a=1", "a=1"),
        ("a=countersign", "a=countersign"),
    ],
)
def test_a_release_never_sees_the_pages_cookie(visitor: httpx.Client, sent: str, seen: str | None) -> None:
    assert headers(visitor.get("/", headers={"cookie": sent})).get("cookie") == seen


def test_a_release_can_t_set_the_pages_cookie_nor_speak_for_what_else_is_served(visitor: httpx.Client) -> None:
    answer = visitor.get("/")
    assert answer.headers.get_list("set-cookie") == ["visits=1", "theme=dark; Path=/"]
    for name in ("clear-site-data", "service-worker-allowed", "upgrade"):
        assert name not in answer.headers


def test_one_visitors_cookies_are_not_the_next_ones(visitor: httpx.Client) -> None:
    visitor.get("/")
    visitor.cookies.clear()
    assert "cookie" not in headers(visitor.get("/"))


def test_the_prefix_is_taken_off_and_told(visitor: httpx.Client) -> None:
    answer = visitor.get("/a%2Fb/ü?q=%20x&y=1")
    assert answer.json()["path"] == "/a%2Fb/%C3%BC?q=%20x&y=1"
    assert headers(answer)["x-forwarded-prefix"] == f"/{CASE}/staging"


def test_what_a_visitor_says_of_whom_they_come_from_is_not_passed_on(visitor: httpx.Client) -> None:
    told = headers(visitor.get("/", headers={"x-forwarded-for": "1.2.3.4", "x-forwarded-prefix": "/other"}))
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-prefix"] == f"/{CASE}/staging"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_body_arrives_whole(visitor: httpx.Client, method: str) -> None:
    content = "x" * 200_000
    answer = visitor.request(method, "/form", content=content).json()
    assert (answer["method"], answer["body"]) == (method, content)


def test_the_folder_itself_leads_into_it(visitor: httpx.Client, sandbox: RunningSandbox) -> None:
    answer = httpx.get(f"{sandbox.settings.sandbox_url}/{CASE}/staging?a=1", verify=NOBODY, trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"/{CASE}/staging/?a=1")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "0.0.0.0"])
def test_what_others_wrote_is_not_served_under_the_pages_name(sandbox: RunningSandbox, host: str) -> None:
    port = sandbox.settings.sandbox_port
    address = f"http://127.0.0.1:{port}/{CASE}/staging/"
    answer = httpx.get(address, headers={"host": f"{host}:{port}"}, verify=NOBODY, trust_env=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"http://localhost:{port}/{CASE}/staging/"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[", "a b", "localhost@evil.example"])
def test_a_name_that_is_nobodys_is_served_nothing(sandbox: RunningSandbox, host: str) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.settings.sandbox_port), timeout=10) as line:
        line.sendall(f"GET /{CASE}/staging/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        status = line.makefile("rb").readline().split()[1]
    assert status in (b"400", b"404")


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/", 404, "Nothing is served"),
        ("/echo", 404, "Nothing is served"),
        ("/echo/elsewhere/", 404, "Nothing is served"),
        ("/../etc/passwd", 404, "Nothing is served"),
        ("/nobody/staging/", 503, "No release of nobody is deployed to staging"),
        ("/echo/production/", 503, "No release of echo is deployed to production"),
        ("/stand-in/nobody/", 404, "Not Found"),
    ],
)
def test_where_nothing_is_served_that_is_said(sandbox: RunningSandbox, path: str, status: int, says: str) -> None:
    answer = httpx.get(f"{sandbox.settings.sandbox_url}{path}", verify=NOBODY, trust_env=False)
    assert (answer.status_code, says in answer.text) == (status, True)


def test_it_listens_on_this_machine_only(sandbox: RunningSandbox) -> None:
    from psutil import Process

    listening = [each.laddr for each in Process(sandbox.pid).net_connections("inet") if each.status == "LISTEN"]
    assert [(place.ip, place.port) for place in listening] == [("127.0.0.1", sandbox.settings.sandbox_port)]
