"""What runs on a desk's machine, as values: the name, the command and the environment of each process.

Rule: a process is told where things are, never a password; what a person has in PREFECT_… or SLACK_… stays theirs.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from checkpoints.seeing import logs
from checkpoints.settings import Settings
from to_tools.up.account import Account
from to_tools.up.cluster import Cluster
from to_tools.up.ending import MARK

SLACK = "SLACK_"
"""What tokens of Slack's come in; no process of the desk inherits them."""


@dataclass(frozen=True)
class Part:
    """A process to keep running. `prepare` is done before each start."""

    name: str
    command: list[str]
    environment: dict[str, str]
    stop: signal.Signals = signal.SIGTERM
    account: Account = field(default_factory=Account)
    prepare: Callable[[], None] = lambda: None


def module(settings: Settings, name: str, dotted: str, **more: str) -> Part:
    """A Python module of ours as a part."""
    return Part(name, [sys.executable, "-m", dotted], environment(settings) | {logs.PROCESS: name} | more)


def postgres(settings: Settings, cluster: Cluster) -> Part:
    command = cluster.command()
    # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
    return Part("postgres", command, environment(settings), signal.SIGINT, cluster.account, cluster.prepare)


def prefect_server(settings: Settings) -> Part:
    where = ["--host", "127.0.0.1", "--port", str(settings.prefect_port)]
    command = [sys.executable, "-m", "prefect", "server", "start", *where]
    return Part("prefect", command, environment(settings) | prefect_client(settings) | prefect_database(settings))


def engine(settings: Settings) -> Part:
    told = prefect_client(settings) | {
        # It is told what is due; this look is for what it didn't hear.
        "PREFECT_WORKER_QUERY_SECONDS": "5",
        "PREFECT_LOGGING_SETTINGS_PATH": str(logs.FOR_PREFECT),
    }
    return module(settings, "engine", "flows.engine", **told)


def deployments(settings: Settings) -> Part:
    """Not kept running: it registers what the engine may run, and ends."""
    return module(settings, "deployments", "flows.deployments", **prefect_client(settings))


def starter(settings: Settings) -> Part | None:
    """The starter of fenced processes; None where nothing can fence them."""
    return module(settings, "fence", "checkpoints.fence.starter") if shutil.which("bwrap") else None


def porter(settings: Settings) -> Part:
    return module(settings, "porter", "to_tools.porter")


def sandbox(settings: Settings) -> Part:
    return module(settings, "sandbox", "to_tools.sandbox")


def page(settings: Settings) -> Part:
    return module(settings, "page", "to_tools.page")


def slack(settings: Settings) -> Part | None:
    """Who hears Slack over a socket; None where Slack comes to the page, or isn't there."""
    return module(settings, "slack", "to_tools.slack_listener") if settings.slack == "socket" else None


def agents(settings: Settings) -> Part | None:
    """Who serves agents from outside; None while the desk is closed to them."""
    return module(settings, "agents", "to_tools.agent_api") if settings.agents_port else None


def environment(settings: Settings) -> dict[str, str]:
    """A person's environment without their Prefect and their Slack's tokens, and with this home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", SLACK))}
    return kept | {"COUNTERSIGN_HOME": str(settings.home), MARK: str(settings.home), "PYTHONUNBUFFERED": "1"}


def prefect_client(settings: Settings) -> dict[str, str]:
    """What whoever speaks to Prefect's server is told."""
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_API_URL": settings.prefect_api_url,
        "PREFECT_UI_URL": settings.prefect_ui_url,
        "PREFECT_HOME": str(settings.prefect_home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
    }


def prefect_database(settings: Settings) -> dict[str, str]:
    """What only Prefect's server is told. Its scan of sleeping runs is turned down: our clocks are ours."""
    return {
        "PREFECT_HOME": str(settings.prefect_server_home),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": settings.url_for("prefect"),
        "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "600",
    }
