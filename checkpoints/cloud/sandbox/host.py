"""What the sandbox's process does: it starts releases, switches to them once they are well, and keeps them running.

Rule: what was served is served until something better is; what is served is on disk before it is in front of people.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from dataclasses import replace as changed
from shutil import rmtree
from uuid import UUID

from checkpoints import fence
from checkpoints.cloud.sandbox import running
from checkpoints.cloud.sandbox.record import Place, Record, Served
from checkpoints.cloud.sandbox.releases import Releases
from checkpoints.cloud.sandbox.running import Running, Secrets
from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.core.work.release import Environment

Redeem = Callable[[UUID, Place, str], tuple[str, Mapping[str, str]]]
"""What a ticket opens for a place and the digest that is deployed there: the service and its values.

Raises Refused for another release than the approved one, Unavailable.
"""
Reopen = Callable[[Place], Secrets]
"""Everything that a case's releases are handed, opened anew for one place. Raises Unavailable."""
GLANCE_SECONDS = 0.5
LONGEST_PAUSE = 30.0
SETTLED_SECONDS = 60.0
AT_ONCE = 4
"""Releases that are started again at the same time."""


@dataclass
class Site:
    """One place at work. `again` is when it is started next after it died so many times in a row; `falls` are all."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    served: Served | None = None
    running: Running | None = None
    secrets: Secrets | None = None
    since: float = 0.0
    deaths: int = 0
    falls: int = 0
    again: float = 0.0

    def wait(self) -> None:
        """Before it is tried again: longer after each death."""
        self.again = time.monotonic() + min(LONGEST_PAUSE, 2.0 ** min(self.deaths, 10) / 2)

    def put(self, now: Running, served: Served) -> None:
        self.running, self.served, self.secrets = now, served, now.secrets
        self.since = time.monotonic()


class Host:
    """The releases of one desk. `say` takes a line for its log."""

    def __init__(self, desk: fence.Fence, redeem: Redeem, reopen: Reopen, say: Callable[[str], None]) -> None:
        root = desk.home / "sandbox"
        self.built = Releases(desk.releases)
        # Copies of its own: a run can write where it builds, and not here.
        self.own = Releases(root / "releases")
        self.desk = changed(desk, kept=self.own.root)
        self.record = Record(root / "served")
        self.sockets = desk.socket.parent / "releases"
        self.redeem, self.reopen, self.say = redeem, reopen, say
        self.sites: dict[Place, Site] = defaultdict(Site)
        self.hosts: dict[str, Place] = {}
        self._ending = threading.Event()
        self._changing = threading.Lock()
        # A fenced process dies with the thread that started it: this one stays.
        self._starts = ThreadPoolExecutor(1, "starts")
        self._revivals = ThreadPoolExecutor(AT_ONCE, "revives")
        self._watch = threading.Thread(target=self._keep_watch, name="watch", daemon=True)

    def open(self) -> None:
        """Serve again what was served. Returns at once."""
        for left in self.sockets.glob("*.sock"):
            left.unlink()
        with self._saying_no():
            self.hosts = self.record.hosts()
        for file in self.record.files():
            with self._saying_no():
                place, served = self.record.read(file)
                self.sites[place].served = served
        self._watch.start()

    def deploy(self, place: Place, digest: str, tickets: tuple[UUID, ...]) -> Served:
        """Start it beside what is served, and switch once it is well. Raises Refused, Unavailable: nothing changed."""
        site = self.sites[place]
        with site.turn:
            try:
                release = self.own.take(place.case, self._own(place.case, digest))
                given = dict(self.redeem(ticket, place, digest) for ticket in tickets)
                new = self._started(place, release.release.digest, given)
            except Countersign as why:
                still = f"{site.served.digest[:12]} is still served" if site.served else "Nothing is served there"
                said = f"{digest[:12]} was not deployed to {place.environment}. {why} {still}."
                raise type(why)(said, sign=why.sign) from why
            old, services = site.running, tuple(new.secrets)
            served = site.served.followed_by(digest, services) if site.served else Served(digest, None, services)
            try:
                self.record.write(place, served)
            except OSError as why:
                new.stop()
                raise Unavailable(f"{digest[:12]} is well, but the disk refuses to note it. Nothing changed.") from why
            site.put(new, served)
            site.deaths = 0
        if old is not None:
            old.stop()
        self._tidy(place.case)
        return served

    def served(self, place: Place) -> Served | None:
        return self.sites[place].served if place in self.sites else None

    def process_of(self, place: Place) -> Running | None:
        """The process that a visit goes to now."""
        site = self.sites.get(place)
        return site.running if site else None

    def falls(self, place: Place) -> int:
        """How often a process there died since this host runs, and had to be started again."""
        site = self.sites.get(place)
        return site.falls if site else 0

    def place_of(self, host: str) -> Place | None:
        return self.hosts.get(host)

    def name_host(self, place: Place, host: str) -> None:
        """Raises Refused."""
        with self._changing:
            self.record.name_host(host, place)
            self.hosts = self.record.hosts()

    def stop(self, case: str) -> None:
        """Serve nothing of the case, and remove what its releases wrote."""
        for place in [Place(case, environment) for environment in Environment]:
            site = self.sites[place]
            with site.turn:
                old, site.running, site.served, site.secrets = site.running, None, None, None
                if old is not None:
                    old.stop()
                with suppress(FileNotFoundError):
                    rmtree(self.desk.cases / case / place.environment)
        with self._changing:
            self.record.forget(case)
            self.hosts = self.record.hosts()
        self.own.forget(case)

    def close(self) -> None:
        """End every release; what was served is on disk."""
        self._ending.set()
        self._revivals.shutdown(wait=True, cancel_futures=True)
        for site in list(self.sites.values()):
            if site.running is not None:
                site.running.stop()
        self._starts.shutdown()

    @contextmanager
    def _saying_no(self) -> Iterator[None]:
        """One damaged file keeps nothing else from being served."""
        try:
            yield
        except Refused as why:
            self.say(str(why))

    def _own(self, case: str, digest: str) -> str:
        """Copy what was built to where nobody else writes, as the bytes that were hashed."""
        try:
            return self.own.take(case, digest).release.digest
        except Refused:
            return self.own.keep(case, self.built.files(case, digest)).digest

    def _given_again(self, place: Place, served: Served) -> Secrets:
        """What it was handed when it was deployed. Raises Refused, Unavailable."""
        opened = self.reopen(place) if served.services else {}
        return {service: values for service, values in opened.items() if service in served.services}

    def _started(self, place: Place, digest: str, given: Secrets) -> Running:
        """A process that is well. Raises Refused."""
        release = self.own.take(place.case, digest)
        starting = self._starts.submit(running.start, self.desk, self.sockets, place, release, given)
        new = starting.result()
        new.until_healthy()
        return new

    def _tidy(self, case: str) -> None:
        """Only what is served, and what was before, is kept."""
        known = [site.served for place, site in list(self.sites.items()) if place.case == case]
        digests = {digest for served in known if served for digest in (served.digest, served.before) if digest}
        self.own.forget(case, but=frozenset(digests))

    def _keep_watch(self) -> None:
        while not self._ending.wait(GLANCE_SECONDS):
            for place, site in list(self.sites.items()):
                dead = site.served is not None and (site.running is None or site.running.ended)
                if dead and time.monotonic() >= site.again and site.turn.acquire(blocking=False):
                    try:
                        self._revivals.submit(self._revive, place, site).add_done_callback(self._say_what_went_wrong)
                    except RuntimeError:
                        site.turn.release()

    def _say_what_went_wrong(self, revival: "Future[None]") -> None:
        """What nobody foresaw, by its kind: its words could hold what must not be said."""
        if not revival.cancelled() and (error := revival.exception()):
            self.say(f"A release could not be started again: {type(error).__name__}.")

    def _revive(self, place: Place, site: Site) -> None:
        """Start again what died; the turn is held, and given back here."""
        try:
            now = time.monotonic()
            if site.served is None or not (site.running is None or site.running.ended):
                return
            if site.running is not None:
                site.falls += 1
                site.deaths = 1 if now - site.since > SETTLED_SECONDS else site.deaths + 1
                self.say(f"{place.path} died. {site.running.last_words()}")
                site.running.stop()
                site.running = None
                if site.deaths > 1:
                    site.wait()
                    return
            # First, so that whatever goes wrong is not tried again at once.
            site.wait()
            given = self._given_again(place, site.served) if site.secrets is None else site.secrets
            site.put(self._started(place, site.served.digest, given), site.served)
            self.say(f"{place.path} serves {site.served.digest[:12]} again.")
        except Countersign as why:
            site.deaths += 1
            site.wait()
            self.say(f"{place.path} could not be started. {why}")
        finally:
            site.turn.release()
