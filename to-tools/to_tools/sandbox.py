"""`python -m to_tools.sandbox`: serves releases, and opens credentials for those who may use them.

Rule: it runs unfenced and reads the vault, so it takes one strict line at a time, and listens on this machine only.
"""

import logging
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from uuid import UUID

import uvicorn

from checkpoints import wiring
from checkpoints.actions.credentials import alarming, handing, redeeming
from checkpoints.cloud.sandbox.answering import verbs
from checkpoints.cloud.sandbox.deployer import SOCKET
from checkpoints.cloud.sandbox.front import front
from checkpoints.cloud.sandbox.host import Host
from checkpoints.cloud.sandbox.record import Place
from checkpoints.core.errors import Countersign
from checkpoints.core.model import Json
from checkpoints.core.work.services.calls import Call
from checkpoints.credentials import checking, stand_ins
from checkpoints.credentials import handing as to_agents
from checkpoints.fence import Fence
from checkpoints.fence.wire import Door, Verb
from checkpoints.seeing import logs
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from to_tools.calm_server import CalmServer

HOST = "127.0.0.1"
RESTARTED = "the sandbox was started again"


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    settings = Settings()
    logs.set_up("sandbox", settings)
    try:
        desk = wiring.desk("desk", settings, need=("credentials",))
    except Countersign as why:
        print(why, file=sys.stderr)
        return 1
    # uvicorn raises again what ended it: by then the releases are still to be stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    opening = Opening(desk)
    host = Host(Fence.of(settings), opening.redeem, opening.again, logging.getLogger("sandbox").info)
    host.open()
    try:
        with Door(settings.run / SOCKET, {**verbs(host), **opening.verbs()}) as door:
            threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True).start()
            _serve(host, settings.sandbox_port)
            door.shutdown()
    finally:
        host.close()
        (settings.run / SOCKET).unlink(missing_ok=True)
    return 0


class Opening:
    """Opens what a ticket stands for, with the desk's own login: whoever runs the release never sees a value."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def redeem(self, ticket: UUID, place: Place, digest: str) -> tuple[str, Mapping[str, str]]:
        """For the release that was approved there. Raises Refused, Unavailable."""
        return redeeming.values_for_release(self.desk, ticket, place.case, place.environment, digest)

    def again(self, place: Place) -> dict[str, dict[str, str]]:
        """For a release that is served already, after this process was ended. Raises Refused, Unavailable."""
        found = redeeming.reopen(self.desk, place.case, RESTARTED, place.environment)
        return {opened.service: redeeming.taken(self.desk, opened) for opened in found}

    def verbs(self) -> dict[str, Verb]:
        """What runs ask for, and what is asked for agents from outside."""
        return {
            "check": self.check,
            **to_agents.verbs(partial(handing.hand, self.desk), partial(alarming.alarm, self.desk)),
        }

    def check(self, words: Mapping[str, Json]) -> Mapping[str, Json]:
        """For one call that was approved."""
        return checking.check(dict(words), self._for_call)

    def _for_call(self, ticket: UUID, case: str, call: Call) -> Mapping[str, str]:
        return redeeming.values_for_call(self.desk, ticket, case, call)


def _serve(host: Host, port: int) -> None:
    """Until the process is told to end."""
    config = uvicorn.Config(
        front(host, stand_ins.routes()),
        host=HOST,
        port=port,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
    with suppress(KeyboardInterrupt):
        CalmServer(config).run()


if __name__ == "__main__":
    sys.exit(main())
