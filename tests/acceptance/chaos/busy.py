"""Ten minutes, or two, of a busy desk under fire, and until all that was begun in them has come to its end.

Rule: nobody helps once the last process was killed; people only go on answering what they are asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from checkpoints.actions import reading
from checkpoints.core.errors import Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store import errands
from tests.acceptance.chaos.crowd import Crowd
from tests.acceptance.chaos.killing import Killer
from tests.stage.runs import eventually

LOOK_SECONDS = 0.4
PEOPLE_AT_ONCE = 6
OPENED_WITHIN = 0.9
"""Of the whole time: the last ones are begun while something may still be killed."""
SECONDS_WITHOUT_ANY_PROGRESS = 150
"""An errand in the hands of a porter that died is taken up by the next after a minute."""
Key = tuple[str, int, int]


@dataclass(frozen=True)
class Size:
    """For how long something is killed, and how many requests there are."""

    seconds: float
    requests: int

    def at_most(self, seconds: float) -> Size:
        """As many requests a second, but not for longer than this."""
        part = min(1.0, seconds / self.seconds)
        return Size(self.seconds * part, round(self.requests * part))

    @property
    def slugs(self) -> list[str]:
        return [f"chaos-{number}" for number in range(1, self.requests + 1)]


@dataclass(frozen=True)
class Settled:
    """Seconds from the last kill until every project had ended, and until every errand was carried."""

    ended: float
    carried: float


@dataclass
class Day:
    """What people have in hand: projects to start, and questions that they think about, until when."""

    crowd: Crowd
    size: Size
    begun: float = field(default_factory=time.monotonic)
    doing: dict[str | Key, Future[object]] = field(default_factory=dict)
    due: dict[Key, float] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    left: int = 1

    def look_round(self, pool: ThreadPoolExecutor) -> int:
        """Everybody does what is due; how many projects haven't ended yet. Raises what went wrong with anyone."""
        for key in [key for key, future in self.doing.items() if future.done()]:
            came_to = self.doing.pop(key).result()
            if isinstance(key, str) and came_to:
                self.there.add(key)
        self._start(pool)
        try:
            for point in reading.inbox(self.crowd.desk).points:
                if point.state is State.OPEN and point.case in self.there:
                    self._answer(pool, point)
            self.left = self.size.requests - len(self.there) + len(self.running())
        except Unavailable as away:
            print(f"nobody sees anything: {away}")
        return self.left

    def running(self) -> list[Case]:
        """The projects that haven't ended. Raises Unavailable."""
        known = reading.projects(self.crowd.desk, self.size.requests + 1)
        return [case for case in known if case.slug in self.there and case.state == "running"]

    def _start(self, pool: ThreadPoolExecutor) -> None:
        now = time.monotonic() - self.begun
        for slug in self.size.slugs:
            if slug in self.there or slug in self.doing:
                continue
            if now >= self.crowd.seed.opened_at(slug, self.size.seconds * OPENED_WITHIN):
                self.doing[slug] = pool.submit(self.crowd.open, slug)

    def _answer(self, pool: ThreadPoolExecutor, point: Checkpoint) -> None:
        key = (point.label, point.revision, len(point.answers))
        choice = self.crowd.seed.choice(point)
        due = self.due.setdefault(key, time.monotonic() + choice.after)
        if time.monotonic() >= due and key not in self.doing:
            self.doing[key] = pool.submit(self.crowd.answer, point, choice)


def live_through(crowd: Crowd, killer: Killer, size: Size) -> Settled:
    """All of it. Raises AssertionError when something is stuck."""
    day, stop = Day(crowd, size), threading.Event()
    with ThreadPoolExecutor(PEOPLE_AT_ONCE) as pool, ThreadPoolExecutor(1) as apart:
        killing = apart.submit(killer.keep_killing, size.seconds, stop)
        try:
            while not killing.done():
                day.look_round(pool)
                time.sleep(LOOK_SECONDS)
            killing.result()
            over = time.monotonic()
            run_dry(day, lambda: day.look_round(pool), "the end of one more project")
            ended = time.monotonic()
            run_dry(day, lambda: _to_carry(day), "one more errand")
            for future in day.doing.values():
                future.result()
        finally:
            stop.set()
    return Settled(ended - over, time.monotonic() - over)


def run_dry(day: Day, left: Callable[[], int], what: str) -> None:
    """Until nothing is left. Raises AssertionError when it doesn't become less for a while."""
    while (before := left()) > 0:

        def less(than: int = before) -> bool | None:
            return left() < than or None

        try:
            eventually(less, what, SECONDS_WITHOUT_ANY_PROGRESS, LOOK_SECONDS)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{_what_is_stuck(day)}") from late


def _to_carry(day: Day) -> int:
    with day.crowd.desk.transaction() as tx:
        return errands.backlog(tx).open


def _what_is_stuck(day: Day) -> str:
    lines = [f"not started: {slug}" for slug in day.size.slugs if slug not in day.there]
    for case in day.running():
        points = [shown.point for shown in reading.story(day.crowd.desk, case.slug).cards]
        stand = ", ".join(f"{p.number} {p.kind} {p.state} (permit {p.permit})" for p in points)
        lines.append(f"{case.slug}, Prefect's {case.prefect_id}: {stand or 'nothing was asked'}")
    with day.crowd.desk.transaction() as tx:
        lines += [str(troubled) for troubled in errands.troubled(tx, 20)]
    return "\n".join(lines)
