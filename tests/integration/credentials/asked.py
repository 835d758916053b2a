"""What the tests of credentials ask and give, and two wires beside the desk: the stand-ins and the sandbox's socket."""

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import create_server
from uuid import UUID

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from agents.delivery import apollo
from agents.delivery.project import Integration, Project, ThirdParty
from checkpoints.actions.by_runs import opening
from checkpoints.actions.credentials import giving, redeeming
from checkpoints.actions.deciding import Press
from checkpoints.core.errors import Refused
from checkpoints.core.model import Person, Request, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.credentials import checking
from checkpoints.credentials.stand_ins import routes
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from flows.delivery import brief
from tests.stage.desks import Office
from tests.stage.runs import eventually

SAMPLE = Path(brief.__file__).with_name("read-later-digest.toml")
KEY = "4711-0123456789abcdef01234567"
GIVEN = {"consumer_key": KEY, "redirect_uri": "https://digest.client.com/auth/pocket/callback"}
SENDGRID_KEY = "SG.canarycanary12345.canarycanarycanarycanary"
POCKET, SENDGRID = ThirdParty("Pocket", have=False), ThirdParty("SendGrid", have=False)
CALENDAR = Integration("Calendar", ("events.read", "profile"))


def project() -> Project:
    """The sample's."""
    return brief.project("read-later-digest", brief.read(SAMPLE.read_bytes()).brief)


def request(party: ThirdParty = POCKET, sandbox_url: str = "http://localhost:1") -> Request:
    """What Apollo asks for."""
    return apollo.ask_credential(project(), party, sandbox_url)


def press(point: Checkpoint, note: str = "") -> Press:
    return Press(point.id, point.revision, point.digest, Verdict.APPROVE, {}, note)


def give(desk: Desk, person: Person, point: Checkpoint, values: Mapping[str, str] | None = None) -> Checkpoint:
    """Given, and so approved."""
    return giving.give(desk, person, press(point), GIVEN if values is None else values)


def agent_ticket(asker: Desk, run: Run, point: Checkpoint, why: str) -> UUID:
    """What the agent that asked opens it by."""
    with asker.transaction() as tx:
        ticket = opening.open_for_agent(tx, run, point, why)
    if ticket is None:
        raise Refused(opening.OPENED_BEFORE)
    return ticket


@dataclass(frozen=True)
class Line:
    """A listener on a unix socket, as the sandbox process is one."""

    path: Path


@contextmanager
def stand_ins() -> Iterator[str]:
    """The stand-ins, listening; gives the sandbox's address."""
    with create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    app = Starlette(routes=[Mount("/stand-in", routes=routes())])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started or None, "the stand-ins")
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def sandbox_line(desk: Desk, path: Path) -> Iterator[Line]:
    """Answers each line that comes in, as the sandbox process does for `check`."""

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked = json.loads(self.rfile.readline())
            told = checking.check(asked["check"], partial(redeeming.values_for_call, desk))
            self.wfile.write(json.dumps(told).encode() + b"\n")

    with socketserver.ThreadingUnixStreamServer(str(path), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Line(path)
        finally:
            server.shutdown()
            thread.join()


def tables(office: Office, but: str = "") -> str:
    """Every row of every table of the desk, as text; `but` one that is not meant."""
    with office.desk.transaction() as tx:
        names = tx.exec_driver_sql("select table_name from information_schema.tables where table_schema = 'desk'")
        rows = [tx.exec_driver_sql(f"select * from desk.{name}").all() for (name,) in names.all() if name != but]
    return repr(rows)
