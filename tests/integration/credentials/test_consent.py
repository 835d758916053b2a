"""A consent at a third party: given there, recorded here by one press, once, with exactly the scopes asked."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import httpx
import pytest

from agents.delivery import apollo
from checkpoints.actions import reading
from checkpoints.actions.by_runs import acting, opening, submitting
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.calls import Consent
from checkpoints.credentials import consent
from checkpoints.credentials.checking import Sandbox
from checkpoints.credentials.embedded import Embedded
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import CALENDAR, project, tables
from tests.integration.desk.moments import later
from tests.integration.page.serving import Page, hidden
from tests.integration.page.test_hostile_input import told
from tests.plugins.work import under_a_second
from tests.stage.desks import Office
from tests.stage.servers.vaults import taken

CALLBACK = "/callbacks/consent"
MEGABYTE = 1024 * 1024
COUNTS = "refused_sign_in"


@pytest.fixture
def asked(office: Office, run: Run, services: str) -> Checkpoint:
    return office.ask(run, apollo.ask_integration(project(), CALENDAR, services))


def begin(browser: httpx.Client, point: Checkpoint) -> str:
    """Presses the button, and gives the provider's address that the page leads to."""
    html = browser.get(f"/checkpoints/{point.label}").text
    (drawn,) = re.findall(r'<form method="post" action="[^"]*/consent">.*?</form>', html, re.DOTALL)
    going = browser.post(f"/checkpoints/{point.label}/consent", data=hidden(drawn) | {"note": "Fine."})
    assert going.status_code == 200, going.text
    (address,) = re.findall(r'class="button yes" href="([^"]+)"', going.text)
    return unescape(address)


def decide(address: str, allow: str = "yes", scopes: tuple[str, ...] = CALENDAR.scopes) -> str:
    """What the person does at the provider; gives the address that it sends them back to."""
    with httpx.Client(trust_env=False) as client:
        form = hidden(client.get(address).text) | {"allow": allow} | {f"scope.{scope}": "yes" for scope in scopes}
        return client.post(address, data=form).headers["location"]


def come_back(browser: httpx.Client, location: str) -> httpx.Response:
    """Opens the callback, as the provider's redirect does, and presses what it shows."""
    back = browser.get(f"{CALLBACK}?{urlsplit(location).query}")
    assert back.status_code == 200, back.text
    (drawn,) = re.findall(rf'<form method="post" action="{CALLBACK}">.*?</form>', back.text, re.DOTALL)
    return browser.post(CALLBACK, data=hidden(drawn))


def test_a_consent_is_given_there_recorded_here_and_really_works(
    ada: httpx.Client, office: Office, run: Run, asked: Checkpoint, line: Sandbox, vault: Embedded
) -> None:
    address = begin(ada, asked)
    assert "code_challenge_method=S256" in address
    assert "scope=events.read+profile" in address
    location = decide(address)
    ada.get(f"{CALLBACK}?{urlsplit(location).query}")
    assert office.show(asked).state is State.OPEN
    finished = come_back(ada, location)
    assert (finished.status_code, finished.headers["location"]) == (303, f"/checkpoints/{asked.label}")
    point = office.show(asked)
    assert point.state is State.APPROVED
    assert point.decision is not None
    assert point.decision.note == "Fine."
    token = taken(vault, point.decision.fields["access_token"].removeprefix("vault:"))["access_token"]
    assert token.startswith("stand-in-")
    assert token not in tables(office)
    acting.begin(office.asker, run, point, "hand over", point.digest, point.decision.fields)
    ticket = opening.open_check(office.asker, run, point, "to check it")
    assert line.call(run.case, ticket, apollo.check_of_integration(point.request)).good


def test_a_consent_that_was_denied_is_no_answer(ada: httpx.Client, office: Office, asked: Checkpoint) -> None:
    location = decide(begin(ada, asked), allow="no")
    refused = come_back(ada, location)
    assert refused.status_code == 422
    assert "The consent was not given there" in refused.text
    assert office.show(asked).state is State.OPEN
    assert [line.event for line in reading.history(office.desk, asked.label).lines][-1] == "try refused"
    assert come_back(ada, decide(begin(ada, asked))).status_code == 303


@pytest.mark.parametrize("scopes", [("profile",), ("events.read", "profile", "events.write"), ()])
def test_fewer_or_more_scopes_than_were_asked_are_not_taken(
    ada: httpx.Client, office: Office, asked: Checkpoint, vault: Embedded, scopes: tuple[str, ...]
) -> None:
    refused = come_back(ada, decide(begin(ada, asked), scopes=scopes))
    assert refused.status_code == 422
    assert "than was asked" in refused.text
    assert office.show(asked).state is State.OPEN
    assert not vault.file.exists()


def test_what_comes_back_counts_once(ada: httpx.Client, office: Office, asked: Checkpoint) -> None:
    location = decide(begin(ada, asked))
    assert come_back(ada, location).status_code == 303
    again = come_back(ada, location)
    assert again.status_code == 422
    assert "This consent was used" in again.text


def test_what_comes_back_is_of_no_use_to_another_person_or_sign_in(
    ada: httpx.Client, page: Page, office: Office, asked: Checkpoint
) -> None:
    location = decide(begin(ada, asked))
    with page.browser(office.person("Grace", Role.TO)) as grace, page.browser(office.ada) as elsewhere:
        assert come_back(grace, location).status_code == 422
        assert come_back(elsewhere, location).status_code == 422
    with page.stranger() as stranger:
        assert come_back(stranger, location).status_code == 401
    assert office.show(asked).state is State.OPEN
    assert come_back(ada, location).status_code == 303


def test_a_press_from_another_site_is_refused(ada: httpx.Client, office: Office, asked: Checkpoint) -> None:
    query = dict(httpx.QueryParams(urlsplit(decide(begin(ada, asked))).query))
    foreign = ada.post(CALLBACK, data=query, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 422
    assert office.show(asked).state is State.OPEN


def test_a_consent_that_is_too_old_or_of_another_revision_is_refused(
    ada: httpx.Client, office: Office, run: Run, asked: Checkpoint
) -> None:
    first, second = decide(begin(ada, asked)), decide(begin(ada, asked))
    changed = apollo.change_integration(asked.request, "without profile")
    assert not isinstance(changed, str)
    submitting.revise(office.asker, run, asked, changed)
    office.receive()
    moved = come_back(ada, first)
    assert moved.status_code == 409
    assert "was changed meanwhile" in moved.text
    later(office, "16 minutes")
    assert come_back(ada, second).status_code == 422
    assert office.show(asked).state is State.OPEN


def test_a_code_is_worth_nothing_without_what_only_its_beginner_knows(services: str) -> None:
    root, back, verifier = f"{services}/stand-in/calendar", f"http://127.0.0.1:1{CALLBACK}", "v" * 64
    wanted = Consent("calendar", f"{root}/authorize", f"{root}/token", "c", ("a",))

    def code() -> str:
        location = decide(consent.address(wanted, back, "s", verifier), scopes=("a",))
        return str(httpx.QueryParams(urlsplit(location).query)["code"])

    with pytest.raises(Refused, match="did not grant it"):
        consent.exchange(wanted, back, code(), "another" * 8)
    good = code()
    assert consent.exchange(wanted, back, good, verifier)["access_token"]
    with pytest.raises(Refused, match="did not grant it"):
        consent.exchange(wanted, back, good, verifier)


@pytest.mark.parametrize(
    "url", ["http://evil.example/a", "ftp://localhost/", "https://[::1", "https://a\u202e/", "//x"]
)
def test_nobody_is_sent_to_an_address_in_clear_or_to_none(url: str) -> None:
    for wanted in (Consent("s", url, "https://a/t", "c", ("a",)), Consent("s", "https://a/a", url, "c", ("a",))):
        with pytest.raises(Refused, match="Nothing was begun"):
            consent.address(wanted, "https://b/c", "state", "v" * 43)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, b"{}", Unavailable),
        (429, b"{}", Unavailable),
        (200, b"x" * MEGABYTE, Refused),
        (200, b"[" * 10_000, Refused),
        (200, b'{"access_token": 1}', Refused),
        (200, b"\xff\x00", Refused),
        (200, b"[]", Refused),
        (302, b"", Refused),
    ],
)
def test_whatever_a_provider_answers_is_a_calm_no(status: int, body: bytes, error: type[Exception]) -> None:
    with answering(status, body) as address:
        wanted = Consent("s", f"{address}/a", f"{address}/t", "c", ("a",))
        began = time.monotonic()
        with pytest.raises(error, match="Nothing was recorded"):
            consent.exchange(wanted, "https://b/c", "code", "v" * 43)
        assert time.monotonic() - began < 2


def test_a_provider_that_is_away_is_said() -> None:
    wanted = Consent("s", "http://localhost:9/a", "http://localhost:9/t", "c", ("a",))
    with pytest.raises(Unavailable, match="can't be reached"):
        consent.exchange(wanted, "https://b/c", "code", "v" * 43)


@pytest.mark.promise("E4.5")
def test_junk_at_the_callback_is_refused_in_under_a_second_and_nothing_is_stored(
    ada: httpx.Client, office: Office, asked: Checkpoint
) -> None:
    state = httpx.QueryParams(urlsplit(begin(ada, asked)).query)["state"]
    before, (lines, counted) = tables(office, but=COUNTS), told(office)
    came = 0
    for query in (
        "",
        "state=&code=",
        f"state={state}&code=" + "c" * 60_000,
        f"state={state}&code=" + "c" * 9_000,
        f"state={state}&state={state}&code=c",
        f"state={state}&code=c&code=d",
        f"state={state}&code=%00",
        f"state={state}&code=%ff%fe",
        f"state={state}&code=a%0Ab",
        f"state={state}%00&code=c",
        "state=" + "%5B" * 2_000 + "&code=c",
        "&".join(f"f{n}=1" for n in range(100)),
        f"state={state}&code=c&%ff",
    ):
        with under_a_second(query[:60]):
            refused = ada.get(f"{CALLBACK}?{query}")
        assert refused.status_code in (400, 404, 431), query[:60]
        came += refused.status_code == 404  # What is too long for the web server never comes to the page.
    content_type = {"content-type": "application/x-www-form-urlencoded"}
    for body, status in (
        (b"state=" + b"s" * MEGABYTE, 413),
        (f"state={state}&state={state}&code=c".encode(), 422),
        (f"state={state}&code=%00".encode(), 422),
        (f"state={state}&code=%ff".encode(), 422),
        (f"state={state}&code=c&admin=1".encode(), 422),
        (b"state=x&code=c", 422),
        (b"{" * 10_000, 422),
        (b"", 422),
    ):
        with under_a_second():
            assert ada.post(CALLBACK, content=body, headers=content_type).status_code == status, body[:60]
    assert tables(office, but=COUNTS) == before
    assert told(office) == (lines, counted + came + 8)


@pytest.mark.promise("E4.5")
def test_a_megabyte_in_the_callbacks_address_is_refused_before_it_is_held(page: Page) -> None:
    where = urlsplit(page.url)
    with under_a_second():
        connection = HTTPConnection(where.hostname or "", where.port, timeout=5)
        try:
            connection.request("GET", f"{CALLBACK}?code=" + "c" * MEGABYTE)
            status = connection.getresponse().status
        except ConnectionError:
            # Hung up on in the midst of it.
            status = 400
        finally:
            connection.close()
    assert status in (400, 414, 431)


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A provider that answers every POST like this."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("location", "http://localhost:9/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
