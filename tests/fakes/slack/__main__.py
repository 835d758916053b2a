"""`python -m tests.fakes.slack --port 8730 --home DIR`: the stand-in by itself, with a page to press buttons on.

It writes what an app needs to talk to it to DIR/environment, and keeps all else in memory.
"""

import argparse
import os
import signal
import socket
import threading
from pathlib import Path

from tests.fakes.slack.stand_in import StandIn, stand_in

GLANCE_S = 2.0
PEOPLE = ("Olivia Operator", "Max Manager", "Carla Client")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.fakes.slack")
    options.add_argument("--port", type=int, default=0, help="another one is taken when somebody listens there")
    options.add_argument("--home", type=Path, required=True, help="where to write tokens and process id")
    options.add_argument("--request-url", default="", help="deliver by HTTP, there, rather than over a socket")
    options.add_argument("--detach", action="store_true", help="outlive the terminal that this was started from")
    chosen = options.parse_args()
    if chosen.detach:
        os.setsid()
    stop = threading.Event()
    for ends in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ends, lambda *_: stop.set())
    with stand_in("http" if chosen.request_url else "socket", free(chosen.port)) as slack:
        slack.wires.request_url = chosen.request_url
        slack.wires.echoes = True
        furnish(slack)
        remember(slack, chosen.home)
        write(slack, chosen.home)
        print(f"The stand-in for Slack: {slack.url}", flush=True)
        # Whoever removes its folder has no more use for it.
        while not stop.wait(GLANCE_S) and (chosen.home / "pid").exists():
            continue


def free(port: int) -> int:
    """This port; 0, which is any, when it is taken."""
    with socket.socket() as probe:
        return port if probe.connect_ex(("127.0.0.1", port)) else 0


def furnish(slack: StandIn) -> None:
    """Who and what a newcomer finds."""
    for name in PEOPLE:
        slack.user(name)
    slack.user("Gus Guest", restricted=True)
    slack.channel("approvals")
    slack.channel("general")


def remember(slack: StandIn, home: Path) -> None:
    """The tokens of an earlier start, which an app may have kept."""
    if (home / "environment").exists():
        lines = (home / "environment").read_text().splitlines()
        kept = dict(line.split("=", 1) for line in lines)
        slack.space.bot_token, slack.space.app_token = kept["SLACK_BOT_TOKEN"], kept["SLACK_APP_TOKEN"]
        slack.space.signing_secret = kept["SLACK_SIGNING_SECRET"]


def write(slack: StandIn, home: Path) -> None:
    """For nobody else's eyes, and whole or not at all."""
    home.mkdir(parents=True, exist_ok=True)
    lines = {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_CHANNEL": slack.channel("approvals").id,
    }
    (home / "pid").write_text(f"{os.getpid()}\n")
    fresh = home / "environment.new"
    fresh.touch(0o600)
    fresh.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    fresh.rename(home / "environment")


if __name__ == "__main__":
    main()
