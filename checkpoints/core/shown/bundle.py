"""Requests that wait together as one card: a verdict for each line, and one digest for the whole.

Rule: what is at high risk, or has something to fill in, is approved on its own card alone; never all in one go.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checkpoints.core.digest import digest
from checkpoints.core.lifecycle import State
from checkpoints.core.policy import Kind
from checkpoints.core.shown.story import sentence
from checkpoints.core.view import Checkpoint

MOST_LINES = 25
"""On one card: who has more to read reads none of them. What is left comes when these are answered."""
KIND, PHASE, FLOOD = "kind", "phase", "flood"
BESIDES = ("any", "desk")
"""Phases that are none of a project's line."""
SLUG = r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?"
NAME = re.compile(rf"(?:(kind):([a-z0-9-]{{1,80}})|(phase):({SLUG}):([a-z-]{{1,40}})|(flood):({SLUG}))")


@dataclass(frozen=True)
class Bundle:
    """`name` as people type it: `kind:spend`, `phase:read-later-digest:development`, `flood:read-later-digest`.

    `lines` are open, the most urgent first; `more` wait besides and are no part of the card.
    """

    name: str
    title: str
    lines: tuple[Checkpoint, ...]
    more: int = 0

    @property
    def digest(self) -> str:
        """What somebody looked at: each line's label, revision and subject. Changed in anything, it is another."""
        return digest({"bundle": self.name, "lines": [f"{p.label} {p.revision} {p.digest}" for p in self.lines]})

    @property
    def cases(self) -> int:
        return len({point.case_id for point in self.lines})


def bundle(name: str, title: str, points: Iterable[Checkpoint], besides: int = 0) -> Bundle:
    """Those that are open, in their order; `besides`: how many more there are than these points."""
    lines = tuple(sorted((point for point in points if point.state is State.OPEN), key=_urgency))
    return Bundle(name, title, lines[:MOST_LINES], len(lines[MOST_LINES:]) + besides)


def bundles(points: Sequence[Checkpoint], kinds: Mapping[str, Kind]) -> tuple[Bundle, ...]:
    """What of this waits together: one kind in several cases, or several questions of one phase of one case."""
    by_kind: dict[str, list[Checkpoint]] = {}
    by_phase: dict[tuple[str, str], list[Checkpoint]] = {}
    for point in points:
        kind = kinds.get(point.kind)
        if point.state is State.OPEN and kind is not None:
            by_kind.setdefault(kind.name, []).append(point)
            by_phase.setdefault((point.case, kind.phase), []).append(point)
    of_kinds = [of_kind(kinds[name], found) for name, found in by_kind.items() if len({p.case for p in found}) > 1]
    of_phases = [
        of_phase(case, found[0].case_title, phase, found) for (case, phase), found in by_phase.items() if len(found) > 1
    ]
    return tuple(sorted((*of_kinds, *of_phases), key=lambda found: _urgency(found.lines[0])))


def of_kind(kind: Kind, points: Sequence[Checkpoint]) -> Bundle:
    """One kind over all cases that ask it."""
    return bundle(f"{KIND}:{kind.name}", kind.title, points)


def of_phase(case: str, title: str, phase: str, points: Sequence[Checkpoint]) -> Bundle:
    """One phase of one case, by its short name and its title."""
    return bundle(f"{PHASE}:{case}:{phase}", f"{title}, {'on the way' if phase in BESIDES else phase}", points)


def named(name: str) -> tuple[str, ...]:
    """A bundle's name in its parts, the sort first; nothing when it is none."""
    found = NAME.fullmatch(name)
    return tuple(part for part in found.groups() if part is not None) if found else ()


def at_risk(point: Checkpoint) -> str:
    """What makes it high risk, in words; empty when nothing does."""
    request = point.request
    said = [str(risk) for risk in request.risks]
    said += ["it can't be undone"] if not request.reversible else []
    said += ["dangers on its card"] if any(fact.dangerous for fact in request.facts) else []
    said += ["a second factor"] if point.requirement is None or point.requirement.step_up else []
    return ", ".join(said)


def own_card(point: Checkpoint) -> str:
    """Why a yes to it is given on its own card, in a sentence; empty where a line is enough."""
    if risk := at_risk(point):
        return f"At high risk ({risk}): a yes is given on its own card."
    if point.request.fields:
        return "It has something to fill in: a yes is given on its own card."
    return ""


def one_by_one(found: Bundle) -> str:
    """Why not all lines can be approved in one go, in a sentence; empty where they can."""
    risky = [point.label for point in found.lines if at_risk(point)]
    if risky:
        return f"Not all in one go: {_some(risky)} {'is' if len(risky) == 1 else 'are'} at high risk."
    blanks = [point.label for point in found.lines if point.request.fields]
    if blanks:
        return f"Not all in one go: {_some(blanks)} {'has' if len(blanks) == 1 else 'have'} something to fill in."
    if len({point.kind for point in found.lines}) != 1:
        return "Not all in one go: they are of several kinds."
    return ""


def changed(found: Bundle) -> str:
    """What to say to whoever answers a bundle that isn't any more what they saw."""
    return sentence(f"“{found.title}” has changed since you looked at it. Nothing was recorded. Look at it again")


def _some(labels: list[str]) -> str:
    shown = ", ".join(labels[:3])
    return f"{shown} and {len(labels) - 3} more" if len(labels) > 3 else shown


def _urgency(point: Checkpoint) -> tuple[bool, float, float, str, int]:
    deadline = point.deadline_at
    late = deadline.timestamp() if deadline else 0.0
    return deadline is None, late, point.asked_at.timestamp(), point.case, point.number
