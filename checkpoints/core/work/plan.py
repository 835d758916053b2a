"""A case's plan as values: what needs what, from the catalogue, and where each branch of it stands.

Rule: one function lays it out, for the run that goes on with it and for the story that people read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from checkpoints.core.model import Json
from checkpoints.core.policy import IfRefused, Kind


class Stage(StrEnum):
    """Where one branch of a plan stands."""

    PLANNED = "planned"
    READY = "ready"
    OPEN = "open"
    BLOCKED = "blocked"
    DONE = "done"
    REFUSED = "refused"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True)
class Item:
    """One branch that is planned. `after` names kinds that it waits for besides those that its own kind requires."""

    branch: str
    kind: str
    title: str
    after: tuple[str, ...] = ()
    waived_by: str | None = None
    waived_because: str = ""


@dataclass(frozen=True)
class NewCase:
    """What a case starts with; `brief` is the whole document that the agents read, `budget` US dollars a month.

    `plan` is what it will ask, branch by branch, in order; a case without one has its main run alone.
    """

    slug: str
    sort: str
    title: str
    client: str
    budget: Decimal | None
    brief: Mapping[str, Json]
    plan: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Ran:
    """How far the newest run of a branch is. `outcome` is done, refused, or ended by others."""

    branch: str
    over: bool
    outcome: str | None
    said: str


@dataclass(frozen=True)
class Line:
    """One branch as it stands. `blockers` are the branches whose refusal keeps it back; `said` is its end in words."""

    item: Item
    stage: Stage
    blockers: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Course:
    """The whole plan as it stands."""

    lines: tuple[Line, ...]
    kinds: Mapping[str, Kind]

    def at(self, *stages: Stage) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.stage in stages)

    @property
    def end(self) -> str | None:
        """How the case ends now: refused, undelivered or delivered; None while something goes on, or can."""
        leads = {_leads_to(line, self.kinds) for line in self.at(Stage.REFUSED)}
        if IfRefused.END_CASE in leads:
            return "refused"
        if IfRefused.END_UNDELIVERED in leads:
            return "undelivered"
        if self.at(Stage.OPEN, Stage.READY, Stage.PLANNED):
            return None
        return "undelivered" if self.at(Stage.BLOCKED) else "delivered"


def lay_out(items: Sequence[Item], ran: Mapping[str, Ran], kinds: Mapping[str, Kind]) -> Course:
    """Where each branch stands. An item whose kind left the catalogue needs nothing, and blocks nothing."""
    lines: dict[str, Line] = {}
    for item in _in_order(items, kinds):
        needed = [lines[other.branch] for other in items if _needs(item, other, kinds) and other.branch in lines]
        lines[item.branch] = _line(item, ran.get(item.branch), needed, kinds)
    return Course(tuple(lines[item.branch] for item in items), kinds)


def _line(item: Item, ran: Ran | None, needed: Sequence[Line], kinds: Mapping[str, Kind]) -> Line:
    if ran is not None and not ran.over:
        return Line(item, Stage.OPEN)
    if ran is not None and ran.outcome == "done":
        return Line(item, Stage.DONE, said=ran.said)
    if item.waived_by is not None:
        return Line(item, Stage.NOT_NEEDED, said=f"{item.waived_by} said so: {item.waived_because}")
    if ran is not None:
        return Line(item, Stage.REFUSED, said=ran.said)
    blockers = tuple(branch for line in needed for branch in _blockers(line, kinds))
    if blockers:
        return Line(item, Stage.BLOCKED, tuple(dict.fromkeys(blockers)))
    over = all(line.stage in (Stage.DONE, Stage.NOT_NEEDED, Stage.REFUSED) for line in needed)
    return Line(item, Stage.READY if over else Stage.PLANNED)


def _blockers(line: Line, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """The branches that a line passes on as what blocks: itself once it was refused, else what blocks it."""
    passes = (IfRefused.GO_ON, IfRefused.NOTHING)
    if line.stage is Stage.REFUSED and _leads_to(line, kinds) not in passes:
        return (line.item.branch,)
    return line.blockers


def _leads_to(line: Line, kinds: Mapping[str, Kind]) -> IfRefused:
    return kinds[line.item.kind].if_refused if line.item.kind in kinds else IfRefused.GO_ON


def _needs(item: Item, other: Item, kinds: Mapping[str, Kind]) -> bool:
    """True when `item` waits for `other`: by its own kind, by the other's, or by the plan."""
    if item.branch == other.branch or item.kind not in kinds or other.kind not in kinds:
        return False
    mine, theirs = kinds[item.kind], kinds[other.kind]
    return other.kind in (*mine.requires, *item.after) or item.kind in theirs.blocks


def _in_order(items: Sequence[Item], kinds: Mapping[str, Kind]) -> Iterator[Item]:
    """Each item after those that it needs; what needs itself in a circle comes as it stands."""
    left = list(items)
    while left:
        free = [item for item in left if not any(_needs(item, other, kinds) for other in left)]
        for item in free or left[:1]:
            left.remove(item)
            yield item
