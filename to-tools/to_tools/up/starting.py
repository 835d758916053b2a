"""`countersign up`: from an empty folder, or from whatever was left, to a desk that runs and is watched.

Rule: what nothing depends on starts without waiting; every wait is a line with its time.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from checkpoints.core.errors import Refused
from checkpoints.fence import running as fence
from checkpoints.fence.landlock import landlock_abi
from checkpoints.settings import Settings
from to_tools.up import ending, parts, ports
from to_tools.up.account import NoAccount
from to_tools.up.alone import Alone, AlreadyRuns, alone
from to_tools.up.cluster import Cluster, NotReady, private
from to_tools.up.supervisor import Died, Supervisor

WONT_START = (AlreadyRuns, NoAccount, ports.PortTaken, NotReady, Died, PermissionError, FileNotFoundError, Refused)
"""What keeps a desk from starting and explains itself. By then all that had started is stopped again."""

GLANCE = 0.5
"""Seconds between two looks after the children."""
NO_FENCE = """\
Others' code (Terraform providers, a client's tests) is refused here; the sandbox template that we ship runs.
To have the fence: apt install bubblewrap (or dnf, pacman, apk), and let it make namespaces."""


def up(settings: Settings, on_ready: Callable[[], None] = lambda: None) -> None:
    """Start the desk and watch it until SIGINT, SIGTERM or SIGHUP.

    Raises what WONT_START names.
    """
    for word in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(word, signal.default_int_handler)
    # Taken out before anything is started: nobody inherits a token of Slack's.
    slack = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith(parts.SLACK)}
    with alone(settings.home) as lock:
        ending.end_all(settings.home)
        with ending.guard(settings.home):
            _run(settings, lock, on_ready, slack)


def _run(settings: Settings, lock: Alone, on_ready: Callable[[], None], slack: Mapping[str, str]) -> None:
    settings, said = ports.settle(settings)
    for line in said:
        say(line)
    supervisor = Supervisor(settings.logs, say)
    try:
        settings = _start(settings, supervisor, slack)
        _welcome(settings)
        lock.note("ready")
        on_ready()
        _watch(supervisor)
    except KeyboardInterrupt:
        say("\nStopping …")
    finally:
        _stop(settings, supervisor, lock)


def _start(settings: Settings, supervisor: Supervisor, slack: Mapping[str, str]) -> Settings:
    """The settings, with what was connected on the way."""
    private(settings.run)
    for folder in (settings.prefect_home, settings.prefect_server_home):
        folder.mkdir(mode=0o700, exist_ok=True)
    settings.cases.mkdir(mode=0o700, exist_ok=True)
    if settings.embedded:
        with step("PostgreSQL"):
            cluster = Cluster.of(settings)
            supervisor.start(parts.postgres(settings, cluster))
            cluster.wait(meanwhile=supervisor.require_all)
            cluster.provision()
    supervisor.start(parts.prefect_server(settings))
    with step("The desk's tables"):
        _migrate(settings)
    settings = _connected(settings, slack)
    for part in (parts.starter(settings), parts.sandbox(settings), parts.porter(settings), parts.page(settings)):
        if part is not None:
            supervisor.start(part)
    with step("The page"):
        supervisor.wait_for("page", settings.page_url, 60)
    with step("The sandbox"):
        supervisor.wait_for("sandbox", settings.sandbox_url, 60)
    with step("Prefect's server"):
        supervisor.wait_for("prefect", f"{settings.prefect_api_url}/health", 120)
    with step("The engine and its flows"):
        supervisor.start(parts.engine(settings))
        supervisor.run(parts.deployments(settings), 120)
    supervisor.require_all()
    # Last: where Slack takes nobody, or a port is taken, the desk runs all the same, and these are tried again.
    for last in (parts.slack(settings), parts.agents(settings)):
        if last is not None:
            supervisor.start(last)
    _say_what_holds(settings)
    return settings


def _connected(settings: Settings, slack: Mapping[str, str]) -> Settings:
    """To Slack, where the environment brought the tokens for it. Raises Refused where a secret is missing for it."""
    from to_tools import slack_set_up

    settings, said = slack_set_up.by_itself(settings, slack)
    slack_set_up.check_start(settings)
    if said:
        say(f"  Slack      {said}")
    return settings


def _say_what_holds(settings: Settings) -> None:
    """Silence only where both fences hold, and credentials lie in the embedded file."""
    from to_tools import vault_set_up

    for line in vault_set_up.at_start(settings):
        say(f"  Vault      {line}")
    report = fence.here()
    if not report.holds:
        say(f"{report.says}.\n{NO_FENCE}")
    if landlock_abi() == 0:
        say("This kernel has no Landlock: the runs could read the desk's keys. Run only code that you trust.")


def _migrate(settings: Settings) -> None:
    # Here and not at the top: Alembic is half of this module's start-up time, and PostgreSQL can have it.
    from checkpoints.store import schema

    schema.upgrade(settings.url_for("owner"))


def _welcome(settings: Settings) -> None:
    from to_tools.up.first_steps import first_steps

    with step("The first steps"):
        lines = first_steps(settings)
    say("")
    say(f"  The page   {settings.page_url}")
    say(f"  Prefect    {settings.prefect_ui_url}")
    say(f"  The logs   {_short(settings.logs)}")
    if settings.agents_port:
        say(f"  Agents     http://127.0.0.1:{settings.agents_port} (runbooks/tasks/secrets/agents.md)")
    if not settings.tells_by_mail:
        say("  Mail       none: what waits is told on the page and in the shell (runbooks/tasks/mail.md)")
    for line in lines:
        say(line)


def _watch(supervisor: Supervisor) -> None:
    while True:
        time.sleep(GLANCE)
        supervisor.tend()


def _stop(settings: Settings, supervisor: Supervisor, lock: Alone) -> None:
    """Once, whole, and whatever else is pressed meanwhile."""
    for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(word, signal.SIG_IGN)
    lock.note("stopping")
    supervisor.stop()
    ending.end_all(settings.home)


@contextmanager
def step(what: str) -> Iterator[None]:
    """A line that says what is waited for, and then how long it took."""
    start = time.monotonic()
    print(f"  {what:<28}", end="", flush=True)
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    say(f"{time.monotonic() - start:6.1f} s")


def say(line: str) -> None:
    print(line, flush=True)


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
