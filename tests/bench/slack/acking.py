"""How long Slack waits for an ack: sixteen presses at once, with a database that is slow by five seconds."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import uvicorn
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import create_engine, text
from starlette.responses import Response

from checkpoints.settings import Settings
from checkpoints.store.from_outside.slack import workspace
from checkpoints.store.from_outside.slack.workspace import Workspace
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from tests.bench.figures import Figure, spread
from tests.bench.slack.apart import Apart, slack_apart
from tests.fakes.slack.docs import Doc
from tests.fakes.slack.wires import Sent, encoded
from tests.stage.cluster import running_cluster
from tests.stage.desks import open_office
from to_tools.slack_listener.door import PATH, Door

AT_ONCE = 16
ROUNDS = 4
SLOW_S = 5
HOST = "127.0.0.1"
SECRET = "0" * 32
SLOWED = f"""
    create function desk.dawdle() returns trigger language plpgsql as $$
        begin perform pg_sleep({SLOW_S}); return null; end $$;
    create trigger dawdle before insert on desk.slack_payload for each statement execute function desk.dawdle()"""


def acking(home: Path) -> Iterator[Figure]:
    """slack_ack_ms: from the first byte of a press to the last of its ack, at the page's door."""
    with slack_apart("http") as slack, running_cluster(options=()) as cluster:
        known = cluster.provide(home / "acked")
        office = open_office(known)
        settings = Settings(home=known.home, database_url=known.database_url, slack="http", slack_api_url=slack.api_url)
        slack_keys.write(settings.slack_keys, SlackKeys(slack.bot_token, "", SECRET))
        with office.desk.transaction() as tx:
            workspace.connect(tx, Workspace(slack.team_id, "Stand-in", "U1"))
        owner = create_engine(known.url_for("owner"))
        with owner.begin() as tx:
            tx.execute(text(SLOWED))
        door = Door(office.desk, settings)
        try:
            with served(door) as url:
                took = [one for _ in range(ROUNDS) for one in at_once(url, slack)]
            yield spread("slack_ack_ms", took)
        finally:
            door.close()
            for engine in (owner, office.desk.engine, office.asker.engine):
                engine.dispose()


@contextmanager
def served(door: Door) -> Iterator[str]:
    """The door, with nothing behind it."""
    with socket.create_server((HOST, 0)) as listening:
        app = door.before(Response(status_code=404))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://{HOST}:{listening.getsockname()[1]}{PATH}"
        finally:
            server.should_exit = True
            thread.join()


def at_once(url: str, slack: Apart) -> list[float]:
    """Sixteen presses that nobody pressed before, all started together; the turns before them still wait."""
    barrier = threading.Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda _: press(url, slack, barrier), range(AT_ONCE)))


def press(url: str, slack: Apart, barrier: threading.Barrier) -> float:
    body, sort = encoded(Sent("interactive", payload(slack)))
    stamp = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body) or ""
    headers = {"content-type": sort, "x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    with httpx.Client(trust_env=False, timeout=30) as client:
        barrier.wait()
        begin = time.perf_counter()
        assert client.post(url, content=body, headers=headers).status_code == 200
        return time.perf_counter() - begin


def payload(slack: Apart) -> Doc:
    """A press on a card of its own."""
    return {
        "type": "block_actions",
        "team": {"id": slack.team_id},
        "user": {"id": slack.user, "team_id": slack.team_id},
        "container": {"channel_id": slack.channel, "message_ts": "1.0"},
        "channel": {"id": slack.channel},
        "message": {"ts": "1.0"},
        "actions": [{"action_id": "approve", "value": str(uuid4())}],
        "trigger_id": str(uuid4()),
    }
