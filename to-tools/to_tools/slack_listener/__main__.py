"""`python -m to_tools.slack_listener`: opens a socket to Slack and listens on it until it is told to end.

Rule: Slack being away is no reason to end; what a person has to do first is said in words, and ends it.
"""

import logging
import signal
import sys
import threading

from slack_bolt.adapter.socket_mode import SocketModeHandler

from checkpoints import wiring
from checkpoints.channels.slack.speaking import reached
from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.seeing import logs
from checkpoints.settings import Settings
from checkpoints.store.secret import slack_keys
from to_tools.slack_listener.app import Listener

NO_SOCKET = 'This desk does not listen to Slack over a socket. To let it: slack = "socket" in settings.toml.'
NO_APP_TOKEN = (
    "There is no app token (xapp-…), which opens the socket to Slack. Make one in Slack, under “Basic Information”, "
    "with the scope connections:write, and give it: countersign slack connect"
)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two tries to reach Slack, at the start; later the library tries by itself."""
RECEIVERS = 32

log = logging.getLogger("slack")


def listen(listener: Listener, app_token: str, stop: threading.Event) -> None:
    """On a socket that is opened anew whenever it was closed, until told to stop."""
    socket = SocketModeHandler(
        listener.app, app_token, logger=logging.getLogger("slack_sdk"), concurrency=RECEIVERS, trace_enabled=False
    )
    pause = FIRST_PAUSE
    while not stop.is_set():
        try:
            reached(socket.client.connect)
            log.info("listens to Slack")
            stop.wait()
        except Unavailable as away:
            log.warning("%s Again in %g s.", away, pause)
            stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
    socket.client.close()


def main() -> int:
    settings = Settings()
    logs.set_up("slack", settings)
    for name in ("slack_bolt", "slack_sdk"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        if settings.slack != "socket":
            raise Refused(NO_SOCKET)
        keys = slack_keys.read(settings.slack_keys)
        if not keys.app_token.strip():
            raise Refused(NO_APP_TOKEN)
        listener = Listener(wiring.desk("desk", settings, need=("channels",)), settings)
    except Countersign as why:
        log.error("%s", why)
        print(why, file=sys.stderr)
        return 1
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    listen(listener, keys.app_token, stop)
    listener.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
