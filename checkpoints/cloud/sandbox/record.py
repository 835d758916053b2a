"""What is served where, on disk: `<home>/sandbox/<case>/<environment>.json`, and which host name is whose.

Rule: written whole or not at all, and by the sandbox's process alone: neither a run nor others' code reaches it.
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checkpoints.cloud.sandbox.releases import CASE, DIGEST
from checkpoints.core.errors import NoName, Refused
from checkpoints.core.model import Json
from checkpoints.core.work.release import Environment

HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
HOSTS = "hosts.json"


@dataclass(frozen=True, order=True)
class Place:
    """Where one release at a time is served."""

    case: str
    environment: Environment

    @classmethod
    def of(cls, words: Mapping[str, Json]) -> "Place":
        """Raises Refused for a name that could be a path, or an environment that there isn't."""
        case, environment = words["case"], words["environment"]
        if not isinstance(case, str) or not CASE.fullmatch(case) or environment not in list(Environment):
            raise NoName(f"{case!r:.80} and {environment!r:.80} name nothing that is served. Nothing was done.")
        return cls(case, Environment(environment))

    @property
    def path(self) -> str:
        """Under which it is served."""
        return f"/{self.case}/{self.environment}"


@dataclass(frozen=True)
class Served:
    """The digest of the release that is served, and of the one that was until then.

    `services` names those whose credentials it was handed: the same again, and no more, when it is started anew.
    """

    digest: str
    before: str | None
    services: tuple[str, ...] = ()

    def followed_by(self, digest: str, services: tuple[str, ...]) -> "Served":
        """The same again keeps the one before."""
        return Served(digest, self.before if digest == self.digest else self.digest, services)


class Record:
    """The files under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, place: Place, served: Served) -> None:
        words = {"digest": served.digest, "before": served.before, "services": list(served.services)}
        _write(self._file(place), words)

    def files(self) -> list[Path]:
        """One for each place where something is served."""
        return sorted(self.root.glob("*/*.json"))

    def read(self, file: Path) -> tuple[Place, Served]:
        """Raises Refused for a file that was damaged: what is in it can't be guessed."""
        found = _read(file)
        place = Place.of({"case": file.parent.name, "environment": file.stem})
        digest, before, services = found.get("digest"), found.get("before"), found.get("services")
        if not _is_digest(digest) or not (before is None or _is_digest(before)) or not isinstance(services, list):
            raise Refused(f"{file.name} of {place.case} is damaged. Nothing is served there: deploy again.")
        return place, Served(str(digest), None if before is None else str(before), tuple(map(str, services)))

    def forget(self, case: str) -> None:
        """Nothing is served of this case any more, and its host names are free."""
        shutil.rmtree(self.root / case, ignore_errors=True)
        kept = {host: place for host, place in self.hosts().items() if place.case != case}
        self._write_hosts(kept)

    def hosts(self) -> dict[str, Place]:
        """Host name → what it serves."""
        file = self.root / HOSTS
        found = _read(file) if file.exists() else {}
        return {host: Place.of(words) for host, words in found.items() if isinstance(words, dict)}

    def name_host(self, host: str, place: Place) -> None:
        """Raises Refused for what is no host name, or another's."""
        known = self.hosts()
        if not HOST.fullmatch(host):
            raise NoName(f"{host[:80]!r} is no host name. Nothing was done.")
        if host in known and known[host].case != place.case:
            raise Refused(f"{host} is another project's. Nothing was done: choose another name.")
        self._write_hosts({**known, host: place})

    def _write_hosts(self, hosts: Mapping[str, Place]) -> None:
        named = {host: {"case": place.case, "environment": str(place.environment)} for host, place in hosts.items()}
        _write(self.root / HOSTS, named)

    def _file(self, place: Place) -> Path:
        return self.root / place.case / f"{place.environment}.json"


def _is_digest(value: Json) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


def _read(file: Path) -> Mapping[str, Json]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise Refused(f"{file.name} in {file.parent} can't be read. Nothing was done: look at it.") from error
    if not isinstance(found, dict):
        raise Refused(f"{file.name} in {file.parent} is damaged. Nothing was done: look at it.")
    return found


def _write(file: Path, value: Mapping[str, object]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = file.with_name(f"{secrets.token_hex(8)}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        new.write(json.dumps(value).encode())
        new.flush()
        os.fsync(new.fileno())
    beside.replace(file)
