"""The check really calls the service, in a child that alone sees the value, and calls nothing but what was approved."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import UUID

import psutil
import pytest

from agents.delivery import apollo
from agents.delivery.project import ThirdParty
from checkpoints.actions.by_runs import acting, opening
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.calls import Call, CallAnswer
from checkpoints.core.work.services.known import check_of, service_of
from checkpoints.credentials import checking
from checkpoints.credentials.checking import Sandbox
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import GIVEN, KEY, POCKET, SENDGRID_KEY, give, request
from tests.stage.desks import Office


def call_of(services: str, party: ThirdParty = POCKET) -> Call:
    call = apollo.check_of_credential(party, services)
    assert call is not None
    return call


def ticket_for(desk: Desk, office: Office, run: Run, point: Checkpoint, values: dict[str, str]) -> UUID:
    """Given, begun and opened."""
    given = give(desk, office.ada, point, values)
    assert given.decision is not None
    acting.begin(office.asker, run, given, f"hand over {point.number}", given.digest, given.decision.fields)
    return opening.open_check(office.asker, run, given, "to check it")


def test_a_key_is_checked_at_its_service(
    desk: Desk, office: Office, run: Run, point: Checkpoint, line: Sandbox, services: str
) -> None:
    ticket = ticket_for(desk, office, run, point, GIVEN)
    answer = line.call(run.case, ticket, call_of(services))
    assert (answer.good, answer.status, answer.says) == (True, 200, "pocket accepted the credential (200)")
    with pytest.raises(Refused, match="opens nothing"):
        line.call(run.case, ticket, call_of(services))


@pytest.mark.parametrize(
    ("name", "key", "status"),
    [
        ("SendGrid", SENDGRID_KEY, 200),
        ("SendGrid", "SG.short.key", 401),
        ("SendGrid", f"{SENDGRID_KEY}-limited", 429),
        ("SendGrid", f"{SENDGRID_KEY}-down", 503),
        ("OpenAI", "sk-" + "a" * 30, 200),
        ("Stripe", "rk_test_" + "a" * 30, 200),
        ("Nobody Knows", "any-key-of-8", 200),
    ],
)
def test_each_stand_in_answers_by_the_shape_of_the_key(services: str, name: str, key: str, status: int) -> None:
    answer = checking.in_a_child(call_of(services, ThirdParty(name, have=False)), {"api_key": key})
    assert (answer.status, answer.good) == (status, status == 200)
    assert answer.retry_after == (30 if status == 429 else None)
    assert key not in answer.says


def test_only_the_approved_call_is_made_with_it(
    desk: Desk, office: Office, run: Run, point: Checkpoint, line: Sandbox, services: str
) -> None:
    call = call_of(services)
    with seen() as (address, requests):
        ticket = ticket_for(desk, office, run, point, GIVEN)
        with pytest.raises(Refused, match="not the call that was approved"):
            line.call(run.case, ticket, replace(call, url=f"{address}/steal"))
        with pytest.raises(Refused, match="opens nothing"):
            line.call(run.case, ticket, call)
        assert requests == []


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://example.com/"},
        {"url": "ftp://localhost/"},
        {"url": "file:///etc/passwd"},
        {"url": "https://[::1"},
        {"url": "http://localhost:1/{consumer_key}"},
        {"method": "DELETE"},
    ],
)
def test_a_call_that_would_carry_a_secret_off_in_clear_opens_nothing(
    line: Sandbox, services: str, changed: dict[str, str]
) -> None:
    with pytest.raises(Refused, match="Only https, or this machine itself"):
        line.call("sample", UUID(int=0), replace(call_of(services), **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", [None, [], "x", {}, {"case": "a", "ticket": "no", "expects": ["x"]}, {"ticket": 1}])
def test_junk_on_the_line_is_refused(asked: object) -> None:
    def never(*_: object) -> dict[str, str]:
        raise AssertionError("opened")

    assert "can't be read" in str(checking.check(asked, never)["refused"])  # type: ignore[arg-type]


def test_a_value_goes_where_its_place_is_once_and_a_redirect_is_not_followed() -> None:
    with seen() as (address, requests):
        call = Call("s", "POST", f"{address}/go?k={{a}}", {"X-Key": "{b}"}, form={"f": "{a}", "g": "{none}"})
        with pytest.raises(Refused, match="has no none"):
            checking.in_a_child(call, {"a": "1", "b": "2"})
        call = replace(call, form={"f": "{a}"}, expects=(302,))
        answer = checking.in_a_child(call, {"a": "x&y={b}", "b": "2"})
        assert requests == [("/go?k=x%26y%3D%7Bb%7D", "2", "f=x%26y%3D%7Bb%7D")]
        assert (answer.status, answer.good) == (302, True)


def test_a_service_that_is_not_there_is_said_without_the_value() -> None:
    call = Call("s", "GET", "http://localhost:9/", {"X-Key": "{a}"})
    assert checking.in_a_child(call, {"a": KEY}) == CallAnswer(0, "s can't be reached (ConnectError)", good=False)
    odd = checking.in_a_child(replace(call, url="http://localhost:9/"), {"a": f"{KEY}\r\nX-More: 1"})
    assert (odd.status, odd.good) == (0, False)
    assert KEY not in odd.says


def test_without_the_sandbox_nothing_is_known(tmp_path: Path, services: str) -> None:
    with pytest.raises(Unavailable, match="The sandbox does not answer"):
        Sandbox(tmp_path / "nobody").call("sample", UUID(int=0), call_of(services))


def test_the_child_knows_the_value_from_its_input_alone(services: str) -> None:
    found: list[str] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for child in psutil.Process().children(recursive=True):
                try:
                    found.append(repr((child.cmdline(), child.environ())))
                except psutil.Error:
                    continue

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        answer = checking.in_a_child(call_of(services), GIVEN)
    finally:
        stop.set()
        watching.join()
    assert answer.good
    assert any("one_call.py" in one for one in found)
    assert not any(KEY in one for one in found)


def test_a_key_that_nobody_knows_to_check_is_asked_for_without_a_check() -> None:
    asked = request(ThirdParty("Nobody Knows", have=False, live=True))
    assert "opens_for_check" not in asked.subject.parameters
    assert apollo.check_of_credential(ThirdParty("Nobody Knows", have=False, live=True), "http://localhost:1") is None


Seen = tuple[str, list[tuple[str, str | None, str]]]


@contextmanager
def seen() -> Iterator[Seen]:
    """A server that redirects, and what it was sent: path, the header X-Key, body."""
    requests: list[tuple[str, str | None, str]] = []

    class Redirect(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            requests.append((self.path, self.headers["x-key"], body))
            self.send_response(302)
            self.send_header("location", "/elsewhere")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Redirect) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}", requests
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("secret", "status"), [("a-secret-of-its-own", 200), ("short", 401)])
def test_an_oauth_client_is_checked_by_asking_for_a_token_of_its_own(services: str, secret: str, status: int) -> None:
    call = check_of(service_of("Maps", "oauth_client"), f"{services}/stand-in")
    assert call is not None
    answer = checking.in_a_child(call, {"client_id": "1234.apps", "client_secret": secret, "redirect_uri": "https://a"})
    assert answer.status == status
    assert secret not in answer.says
