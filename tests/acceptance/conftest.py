"""A whole desk, started as a person starts it, for the tests that answer checkpoints in it.

Rule: only what a person has, the commands and the page; but waiting looks into the store.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser

from checkpoints import wiring
from checkpoints.core.model import Person
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from tests.acceptance.browser import running_browser
from tests.integration.shell.commands import run_warm
from tests.plugins import canaries
from tests.stage.runs import eventually
from tests.stage.servers.prepared import Prepared
from to_tools import identity
from to_tools.cli.who import signed_in
from to_tools.up import ports
from to_tools.up.cluster import Cluster

PROBES = "probe_seconds = 2\n"
"""Long enough for a release that died to be started again before three probes in a row fail."""


STARTS_OR_ENDS = frozenset({"up", "down", "reset", "restart"})


class WholeDesk:
    """A home of its own with ports of its own, and the client's repository beside it. Nothing runs before `up()`.

    It starts from nothing, or where another's first start had come to before anybody was there.
    """

    def __init__(self, home: Path, prepared: Prepared | None = None) -> None:
        home.mkdir(mode=0o700)
        if prepared:
            prepared.lay_out(home)
        self.repositories = home.with_name(f"{home.name}-repositories")
        shutil.copytree(Settings(home=home).repositories / "samples", self.repositories / "samples")
        chosen = "".join(f"{name} = {ports.free_port()}\n" for name in ports.NAMES)
        chosen += f'{PROBES}repositories = "{self.repositories}"\n'
        (home / "settings.toml").write_text(chosen)
        self.settings = Settings(home=home)
        self._seed = ""
        self._given = 0

    def countersign(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run `countersign WORDS`, with `said` on its input; what starts or ends a desk in a process started anew."""
        environment = os.environ | {"COUNTERSIGN_HOME": str(self.settings.home)}
        if words[0] not in STARTS_OR_ENDS:
            ended = run_warm(words, environment, Path.cwd(), said.encode())
            return subprocess.CompletedProcess(words, ended.code, ended.out, ended.err)
        return subprocess.run(
            [sys.executable, "-c", "from to_tools.cli.app import main; main()", *words],
            env=environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=170,
        )

    def up(self) -> str:
        """Start it in the background; returns what `up` said, the sign-in link among it."""
        done = self.countersign("up", "--detach")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def enrol(self) -> None:
        """The operator enrols a second factor in the shell, once: for ten minutes that needs no other code."""
        if self._seed:
            return
        said = self.countersign("second-factor", "enrol").stdout
        key = re.search(r"Or type this into the app: +([A-Z2-7 ]+)", said)
        assert key is not None, said
        self._seed = key[1].replace(" ", "")
        done = self.countersign("second-factor", "confirm", self.code())
        assert done.returncode == 0, done.stderr

    def code(self) -> str:
        """What the authenticator shows, once it is one that was not given before: after half a minute at most."""
        app = pyotp.TOTP(self._seed)

        def unused() -> int | None:
            now = app.timecode(time.time())
            step = max(now, self._given + 1)
            # The desk takes the next one too.
            return step if step <= now + 1 else None

        self._given = eventually(unused, "the next code", 60, 0.5)
        return app.generate_otp(self._given)

    def otp(self) -> tuple[str, ...]:
        """What gives a code with a command, once there is a factor to give one of."""
        return ("--otp", self.code()) if self._seed else ()

    @contextmanager
    def store(self) -> Iterator[Desk]:
        """For waiting only: a shell for each look would take the core that the run wakes up on."""
        opened = wiring.desk("desk", self.settings)
        try:
            yield opened
        finally:
            opened.engine.dispose()

    @contextmanager
    def at(self) -> Iterator[tuple[Desk, Person]]:
        """The desk's store, with its vault, and the person whom `up` signed in."""
        store = wiring.desk("desk", self.settings, need=("credentials",))
        try:
            yield store, identity.verify(store, signed_in.kept_token(self.settings))
        finally:
            store.engine.dispose()

    def places_of(self, *values: str) -> list[str]:
        """Where one of these values is kept: files of the home but the vault, rows of its databases, processes."""
        found = []
        for database in ("countersign", "prefect"):
            with Cluster.of(self.settings).connect(database) as superuser:
                superuser.execute("checkpoint")
                rows = dict(canaries.tables(superuser))
            assert rows, f"{database} has no tables"
            found += [f"{database}.{name}" for name, said in rows.items() if canaries.occurs(said, *values)]
        everywhere = canaries.files(self.settings.home, self.repositories)
        found += [str(path) for path, content in everywhere if canaries.occurs(content, *values)]
        return found + ["processes"] * canaries.occurs(canaries.processes(), *values)

    def down(self) -> None:
        self.countersign("down")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium, headless."""
    with running_browser() as running:
        yield running


@pytest.fixture
def new_desk(tmp_path: Path) -> Iterator[WholeDesk]:
    """An empty home, in which a test starts a desk for the first time; stopped at the end in any case."""
    desk = WholeDesk(tmp_path / "home")
    yield desk
    desk.down()


@pytest.fixture
def whole_desk(tmp_path: Path, prepared: Prepared) -> Iterator[WholeDesk]:
    """A desk that a test starts, and perhaps kills; stopped at the end in any case."""
    desk = WholeDesk(tmp_path / "home", prepared)
    yield desk
    desk.down()


@pytest.fixture(scope="module")
def running_desk(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[WholeDesk]:
    """One desk that runs, for all the tests of a file."""
    desk = WholeDesk(tmp_path_factory.mktemp("desk") / "home", prepared)
    try:
        desk.up()
        yield desk
    finally:
        desk.down()
