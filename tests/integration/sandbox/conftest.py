"""A host in this process, with a desk that opens what a test says, and a repository to write releases into."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from checkpoints import fence
from checkpoints.cloud.sandbox.host import Host
from checkpoints.cloud.sandbox.record import Place, Served
from checkpoints.cloud.sandbox.releases import Releases, written
from checkpoints.core.errors import Refused
from checkpoints.core.work.release import Environment
from tests.stage.releases import variant
from tests.stage.runs import eventually

HERE = Place("mine", Environment.STAGING)


@dataclass
class Stage:
    """`tickets` opens what a ticket stands for; `again` what is opened anew; `said` is the host's log."""

    home: Path
    sources: Path
    tickets: dict[UUID, tuple[str, dict[str, str]]] = field(default_factory=dict)
    again: dict[str, dict[str, str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def host(self) -> Host:
        return Host(fence.Fence(self.home), self._redeem, lambda _: self.again, self.said.append)

    def _redeem(self, ticket: UUID, _: Place, __: str) -> tuple[str, dict[str, str]]:
        if ticket not in self.tickets:
            raise Refused("This ticket opens nothing.")
        return self.tickets.pop(ticket)

    def ticket(self, service: str, **values: str) -> UUID:
        made = uuid4()
        self.tickets[made] = (service, values)
        return made

    def built(self, name: str, changes: dict[str, str | None] | None = None, case: str = HERE.case) -> str:
        """The digest of the sample, with files changed."""
        files = written(self.sources, variant(self.sources, name, changes))
        return Releases(self.home / "releases").keep(case, files).digest


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    report = fence.holds(fence.Fence(tmp_path))
    if not report.holds:
        print(report.says)
        pytest.skip(report.says)
    (tmp_path / "sources").mkdir()
    return Stage(tmp_path / "home", tmp_path / "sources")


@pytest.fixture
def host(stage: Stage) -> Iterator[Host]:
    opened = stage.host()
    opened.open()
    yield opened
    opened.close()


def health(host: Host, place: Place = HERE) -> dict[str, object]:
    """What the release that is served says of itself, once it does."""

    def said() -> dict[str, object] | None:
        running = host.process_of(place)
        if running is None or running.ended:
            return None
        with httpx.Client(transport=httpx.HTTPTransport(uds=os.fspath(running.path), verify=False)) as line:
            try:
                return dict(line.get("http://localhost/health").json())
            except httpx.HTTPError:
                return None

    return eventually(said, f"the health of {place.path}")


__all__ = ["HERE", "Served", "Stage", "health"]
