"""The tables of an audit's export: their columns, a row each, and the control sheet that counts them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checkpoints.core.audit import Line
from checkpoints.core.shown.cells import cell
from checkpoints.core.shown.population import OUTCOMES, REFUSALS, TO_LOOK_AT, UNSEEN, Told, to_look_at

FORM = "countersign audit export 1"
APPROVERS = 6
"""More than a matrix is likely to ask for; "approvals" counts them all, and the chain names them."""
COLUMNS = (
    *("checkpoint", "kind", "agent", "requested for", "asked at", "revision", "subject SHA-256", "subject"),
    *("outcome", "decided by", "decided at", "ended by", "ended at", "because", "rule", "rule adopted by"),
    *("roles required", "approvals"),
    *(f"approver {number}{part}" for number in range(1, APPROVERS + 1) for part in ("", " as", " way", " at")),
    *("fields", "same person", "emergency", "acted", "acted at", "act ended at", "reopens", "to look at"),
)
REFUSED_COLUMNS = ("line", "at", "event", "by", "tried", "about", "why")
NO, YES = "no", "yes"


@dataclass(frozen=True)
class Window:
    """From a time on, and before another; the lines of it, by their numbers, out of `lines` in all."""

    since: str
    until: str
    first: int
    last: int
    lines: int

    def holds(self, point: Told) -> bool:
        """Something was said of it in the window, or it waited all through it."""
        return point.newest >= self.first or point.outcome == OUTCOMES[-1]


@dataclass(frozen=True)
class Counts:
    """What the tables hold; counted while they are written."""

    outcomes: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    emergency: Counter[str] = field(default_factory=Counter)


def row(point: Told, requester: str, subject: str, counts: Counts) -> list[str]:
    """The checkpoint's cells, counted."""
    look = list(to_look_at(point, requester))
    if not subject and point.outcome != "refused by the desk":
        look.append(UNSEEN)
    counts.outcomes[point.outcome] += 1
    counts.found.update(look)
    counts.emergency[YES if point.emergency else NO] += 1
    same = NO if all(not yes.same_person for yes in point.approvals) else YES
    cells = [point.checkpoint, point.kind, point.agent, requester, point.asked_at, str(point.revision), point.subject]
    cells += [subject, point.outcome, *point.decided, *point.ended, point.because, point.rule, point.adopted_by]
    cells += [", ".join(point.roles), str(len(point.approvals)), *_approvers(point)]
    cells += [_fields(point), same, YES if point.emergency else NO]
    cells += [point.acted, point.acted_at, point.done_at, point.reopens, "; ".join(look)]
    return [cell(text) for text in cells]


def refused_row(line: Line, counts: Counts) -> list[str]:
    """A try that was refused, counted."""
    body = json.loads(line.body)
    counts.refused[line.event] += 1
    by = body.get("by") or body.get("name") or body.get("run") or body.get("case") or ""
    tried = body.get("tried") or body.get("verb") or body.get("service") or ""
    about = body.get("checkpoint") or ""
    return [cell(str(text)) for text in (line.number, line.at, line.event, by, tried, about, body.get("why") or "")]


def summary(window: Window, counts: Counts, erased: int = 0) -> list[tuple[str, str]]:
    """The control sheet: what is in the tables, counted, and what to look at first. `erased`: lines, where some are."""
    told = [("form", FORM), ("from", window.since), ("until", window.until), ("audit lines", str(window.lines))]
    told += [("first line of the window", str(window.first)), ("last line of the window", str(window.last))]
    told += [("checkpoints", str(counts.outcomes.total()))]
    told += _counted("", OUTCOMES, counts.outcomes)
    told += [("emergency", str(counts.emergency[YES]))]
    told += _counted("to look at: ", TO_LOOK_AT, counts.found)
    told += _counted("refused: ", REFUSALS, counts.refused)
    return told + ([("erased: lines", str(erased))] if erased else [])


def _counted(before: str, what: Sequence[str], counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(f"{before}{name}", str(counts.get(name, 0))) for name in what]


def _approvers(point: Told) -> list[str]:
    given = [(yes.by, yes.role, yes.way, yes.at) for yes in point.approvals[:APPROVERS]]
    return [text for yes in given + [("", "", "", "")] * (APPROVERS - len(given)) for text in yes]


def _fields(point: Told) -> str:
    return json.dumps(dict(point.fields), ensure_ascii=False, sort_keys=True) if point.fields else ""
