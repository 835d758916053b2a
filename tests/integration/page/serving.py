"""A page that really listens: uvicorn on a free port in a thread, and browsers' requests to it by httpx.

Rule: a test signs in as a person does, by a link.
"""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape

import httpx

from checkpoints.actions.people import joining
from checkpoints.core.model import Person, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from tests.fakes.post_office import free_port
from tests.stage.wires.plain import NOBODY
from to_tools.page.__main__ import HOST, Server
from to_tools.slack_listener.door import Door

DEADLINE_S = 20.0


@dataclass(frozen=True)
class Page:
    """A page at one desk, and its address."""

    desk: Desk
    url: str

    def link(self, person: Person) -> str:
        """A sign-in link, as `countersign sign-in` prints it."""
        return f"{self.url}/sign-in?token={joining.new_token(self.desk, person, 'sign-in link')}"

    def stranger(self) -> httpx.Client:
        """A browser that nobody signed in with. Close it."""
        return httpx.Client(base_url=self.url, verify=NOBODY, trust_env=False, timeout=DEADLINE_S)

    @contextmanager
    def browser(self, person: Person) -> Iterator[httpx.Client]:
        """A browser that this person signed in with."""
        with self.stranger() as client:
            token = joining.new_token(self.desk, person, "sign-in link")
            signed_in = client.post("/sign-in", data={"token": token})
            assert signed_in.status_code == 303, signed_in.text
            yield client


def answer_form(client: httpx.Client, point: Checkpoint, verdict: Verdict) -> dict[str, str]:
    """The hidden fields of a verdict's form, as the page draws them now."""
    html = client.get(f"/checkpoints/{point.label}").text
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        fields = hidden(form)
        if fields.get("verdict") == verdict:
            return fields | {"note": ""}
    raise AssertionError(f"There is no form to {verdict} {point.label}.")


def hidden(html: str) -> dict[str, str]:
    """The hidden fields in a piece of a page."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html)
    return {name: unescape(value) for name, value in found}


def press(
    client: httpx.Client, point: Checkpoint, verdict: Verdict, **changed: str | Mapping[str, str]
) -> httpx.Response:
    """Opens the checkpoint and sends a verdict's form, with `note=…` and `fields={…}` filled in."""
    form = answer_form(client, point, verdict)
    fields = changed.pop("fields", {})
    assert isinstance(fields, Mapping)
    form |= {f"field.{name}": value for name, value in fields.items()}
    form |= {name: str(value) for name, value in changed.items()}
    return client.post(f"/checkpoints/{point.label}/answer", data=form)


@contextmanager
def running_page(desk: Desk, door: Door | None = None, port: int = 0) -> Iterator[Page]:
    """The page, until the block ends; with Slack's `door`, where there is one. `port`: any, unless it has to be one."""
    port = port or free_port(HOST)
    server = Server(desk, port, door)
    thread = threading.Thread(target=server.run, name="page")
    thread.start()
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not server.started:
            assert thread.is_alive(), "the page ended at its start"
            assert time.monotonic() < deadline, "the page did not start"
            time.sleep(0.01)
        yield Page(desk, f"http://{HOST}:{port}")
    finally:
        server.end()
        thread.join(DEADLINE_S)
        assert not thread.is_alive(), "the page did not stop"
