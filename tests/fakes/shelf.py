"""A deployer in memory, which behaves as one: images by their digest, one served a place, tests that may fail."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Scalar
from checkpoints.core.work.release import Deployed, Environment, Release, Report
from checkpoints.core.work.signs import Sign


@dataclass
class Shelf:
    """`content` is what the project's folder holds; the rest is how what is made of it behaves from now on."""

    content: str = "one"
    secrets: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    high: int = 0
    p95_ms: int = 40
    healthy: bool = True
    away: bool = False
    images: dict[str, Release] = field(default_factory=dict)
    served: dict[Environment, Deployed] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    """What was done, in words: `test 1234`, `deploy staging 1234`."""

    def build(self, case: str, folder: str) -> Release:
        digest = hashlib.sha256(self.content.encode()).hexdigest()
        self.images[digest] = Release(digest, 1, len(self.content), self.secrets)
        return self.images[digest]

    def kept(self, case: str, digest: str) -> Release:
        if digest not in self.images:
            raise Refused(f"The release {digest[:12]} isn't kept.")
        return self.images[digest]

    def test(self, case: str, digest: str) -> Report:
        self.ran.append(f"test {digest[:4]}")
        figures: dict[str, Scalar] = {"ran": 12, "failed": len(self.failing), "failing": ", ".join(self.failing)}
        return self._report("tests.txt", figures, not self.failing)

    def scan(self, case: str, digest: str) -> Report:
        self.ran.append(f"scan {digest[:4]}")
        figures: dict[str, Scalar] = {"high": self.high, "medium": 0, "low": 0, "secrets": 0, "unread": 0}
        issue = {"severity": "high", "what": "B602: its own words", "file": "app.py", "line": 7}
        found = {"issues": [issue] * self.high, "secrets": [], "unread": []}
        return replace(self._report("scan.json", figures, not self.high), content=json.dumps(found).encode())

    def load(self, case: str, environment: Environment, users: int, seconds: int) -> Report:
        self.ran.append(f"load {environment} {users}")
        return self._report("load.json", {"requests": users, "p95_ms": self.p95_ms, "error_percent": "0"}, True)

    def deploy(self, case: str, environment: Environment, digest: str, tickets: Sequence[UUID]) -> Deployed:
        if self.away:
            raise Unavailable("The sandbox does not answer. Nothing was changed.")
        if not self.healthy:
            never = "It never answered its health check. What was served before still is."
            raise Refused(never, sign=Sign.HEALTH_CHECK)
        now = self.current(case, environment)
        self.ran.append(f"deploy {environment} {digest[:4]}")
        before = now.digest if now else None
        self.served[environment] = Deployed(environment, digest, f"http://localhost/{case}/{environment}/", before)
        return self.served[environment]

    def current(self, case: str, environment: Environment) -> Deployed | None:
        return self.served.get(environment)

    def script(self, case: str, digest: str, name: str) -> bytes:
        raise Refused(f"{name} is no script of this release.")

    def migrate(self, case: str, environment: Environment, digest: str, script: str, dry: bool = False) -> Report:
        raise Refused(f"{script} is no script of this release.")

    def name_host(self, case: str, environment: Environment, host: str) -> None:
        raise Refused(f"{host} is no name of ours.")

    def stop(self, case: str) -> None:
        self.served.clear()

    def _report(self, name: str, figures: dict[str, Scalar], good: bool) -> Report:
        content = f"{len(self.ran)} {figures}".encode()
        return Report("a tool of the tests", "it ran", good, name, "text/plain", content, figures)
