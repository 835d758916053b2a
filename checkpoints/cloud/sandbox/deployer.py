"""The port `Deployer` for this machine: releases are tried out here, and served by the sandbox's process.

Rule: one digest all the way, hashed anew wherever it is used.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from checkpoints import fence
from checkpoints.cloud.sandbox import loading, migrating, scanning, testing
from checkpoints.cloud.sandbox.record import Place
from checkpoints.cloud.sandbox.releases import Releases, written
from checkpoints.cloud.sandbox.trying import Bench
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.work.release import Deployed, Environment, Release, Report
from checkpoints.fence import wire

SOCKET = "sandbox.sock"
LOOK_SECONDS, DEPLOY_SECONDS = 20.0, 90.0
NOBODY = "The sandbox doesn't answer. Nothing was changed: `countersign up` starts it."
LOST = "The sandbox was lost while it worked. Look at what is served now."


class Sandbox:
    """`sources` holds the client's repository, `address` is where the sandbox serves, without a path."""

    def __init__(self, desk: fence.Fence, sources: Path, address: str) -> None:
        self.sources = sources
        self.address = address
        self.releases = Releases(desk.releases)
        self.bench = Bench(desk, self.releases)
        self.socket = desk.socket.with_name(SOCKET)

    def build(self, case: str, folder: str) -> Release:
        """See the port."""
        try:
            return self.releases.keep(case, written(self.sources, folder))
        except OSError as error:
            raise Unavailable("The release can't be kept now: the disk refuses it. Nothing was built.") from error

    def kept(self, case: str, digest: str) -> Release:
        """See the port."""
        return self.releases.take(case, digest).release

    def script(self, case: str, digest: str, name: str) -> bytes:
        """See the port."""
        files = self.releases.files(case, digest)
        if name not in files or not name.endswith(".sql"):
            raise Refused(f"The release has no script {name[:80]!r}.")
        return files[name]

    def test(self, case: str, digest: str) -> Report:
        """See the port."""
        return testing.test(self.bench, case, self.releases.take(case, digest))

    def scan(self, case: str, digest: str) -> Report:
        """See the port."""
        return scanning.scan(self.bench, case, self.releases.take(case, digest))

    def load(self, case: str, environment: Environment, users: int, seconds: int) -> Report:
        """See the port."""
        served = self.current(case, environment)
        if served is None:
            raise Refused(f"Nothing is served in {environment}. No load was put on it: deploy first.")
        manifest = self.releases.take(case, served.digest).manifest
        return loading.load(served.address, ("/", manifest.health), users, seconds)

    def migrate(self, case: str, environment: Environment, digest: str, script: str, dry: bool = False) -> Report:
        """See the port."""
        release = self.releases.take(case, digest)
        return migrating.migrate(self.bench, case, environment, release, script, dry=dry)

    def deploy(self, case: str, environment: Environment, digest: str, tickets: Sequence[UUID]) -> Deployed:
        """See the port."""
        words: dict[str, Json] = {"digest": digest, "tickets": [str(ticket) for ticket in tickets]}
        return self._deployed(Place(case, environment), self._ask("deploy", case, environment, words, DEPLOY_SECONDS))

    def current(self, case: str, environment: Environment) -> Deployed | None:
        """See the port."""
        try:
            told = self._ask("current", case, environment, {}, LOOK_SECONDS)
        except OutcomeUnknown as error:
            raise Unavailable(NOBODY) from error
        return self._deployed(Place(case, environment), told) if told.get("digest") else None

    def name_host(self, case: str, environment: Environment, host: str) -> None:
        """See the port."""
        try:
            self._ask("name host", case, environment, {"host": host}, LOOK_SECONDS)
        except OutcomeUnknown as error:
            raise Unavailable("The sandbox was lost while it worked. Naming it again does no harm.") from error

    def stop(self, case: str) -> None:
        """See the port."""
        try:
            wire.ask(self.socket, "stop", {"case": case}, DEPLOY_SECONDS, nobody=NOBODY, lost=LOST)
        except OutcomeUnknown as error:
            raise Unavailable("The sandbox was lost while it stopped it. Stopping it again does no harm.") from error

    def _ask(
        self, verb: str, case: str, environment: Environment, words: Mapping[str, Json], seconds: float
    ) -> Mapping[str, Json]:
        asked: dict[str, Json] = {"case": case, "environment": str(environment), **words}
        return wire.ask(self.socket, verb, asked, seconds, nobody=NOBODY, lost=LOST)

    def _deployed(self, place: Place, told: Mapping[str, Json]) -> Deployed:
        before = told.get("before")
        return Deployed(
            environment=place.environment,
            digest=str(told["digest"]),
            address=f"{self.address}{place.path}/",
            before=None if before is None else str(before),
        )
