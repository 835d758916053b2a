"""An export against its own chain: what holds, what doesn't, and what an auditor should look at, in words."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest

from .erasing import Erasures
from .following import COLUMNS, HEARD, OUTCOMES, TO_LOOK_AT, Point, same, shown
from .reading import Broken, Export, Head, document, word

MOST = 50
"""Breaks that are told."""
FIRST = 5
"""Checkpoints that are named, of those to look at."""
FORM = "countersign audit export 1"
REFUSED_COLUMNS = ["line", "at", "event", "by", "tried", "about", "why"]
REFUSALS = ("try refused", "submission refused", "ticket refused", "second opening refused", "second factor refused")
STARTS = {"case opened": "case", "deployment wished for": "run", "proposed": "checkpoint"}
Starters = dict[tuple[str, str], str]


@dataclass
class Report:
    """What was found. Anything in `wrong`, and the export does not hold. `kept`: how many kept heads were compared."""

    holds: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)
    kept: int = 0

    def take(self, wrong: Iterable[str], else_holds: str) -> None:
        """The first breaks of one part; none of them, and that part holds."""
        found = list(islice(wrong, MOST))
        self.wrong += found
        self.holds += [] if found else [else_holds]


def compare(export: Export, key: str, kept: Sequence[Head]) -> Report:
    """The whole export, against the chain, the chain against its signed end and the heads that were kept."""
    report, head = Report(), export.head(key)
    sheet = {row[0]: row[1] for row in export.table("summary.csv") if len(row) == 2}
    since, until = sheet.get("from", ""), sheet.get("until", "")
    older = [signed for signed in kept if signed.number <= head.number or signed.at[:19] <= until[:19]]
    report.kept = len(older)
    if younger := len(kept) - report.kept:
        report.look.append(f"signed heads that you kept, younger than this export and so not compared: {younger}")
    report.holds.append(f"The end of the chain, line {head.number}, was signed with this key; it says at {head.at}.")
    erasures = Erasures()
    broken_links = list(islice(_broken_links(export, head, older, erasures), MOST))
    report.erased = list(erasures.words())
    but = ", but for what was erased" if report.erased else ""
    report.take(
        broken_links,
        f"Lines 1 to {head.number}: each follows from the one before, none is missing, moved or changed{but}.",
    )
    if report.wrong:
        return report
    if report.kept:
        report.holds.append(f"The signed heads that you kept are in it: {report.kept}.")
    first, last = _window(export, since, until, head.number)
    report.holds.append(f"The window, from {since} until {until}, is lines {first} to {last}.")
    points, starters = _population(export, last)
    points = {label: it for label, it in points.items() if it.newest >= first or it.cells["outcome"] == OUTCOMES[-1]}
    rows = _rows(export, points, starters, report)
    report.take(
        _other_rows(export, rows), f"checkpoints.csv has all {len(rows)} of the window, and says what the chain says."
    )
    refused: Counter[str] = Counter()
    report.take(_other_tries(export, first, last, refused), "refused.csv has every refused try of the window.")
    expected = [("what", "value"), ("form", FORM), ("from", since), ("until", until)]
    expected += [("audit lines", str(head.number)), ("first line of the window", str(first))]
    expected += [("last line of the window", str(last)), ("checkpoints", str(len(rows)))]
    expected += _counts(rows, refused)
    expected += [("erased: lines", str(len(erasures.left)))] if erasures.left else []
    report.take(_other_counts(export, expected), "summary.csv counts what is there.")
    report.look += _to_look_at(rows)
    return report


def _to_look_at(rows: dict[str, list[str]]) -> Iterator[str]:
    for words in TO_LOOK_AT:
        labels = [label for label, row in rows.items() if words in row[-1].split("; ")]
        if labels:
            more = ", …" if len(labels) > FIRST else ""
            yield f"{words}: {len(labels)} ({', '.join(labels[:FIRST])}{more})"


def _broken_links(export: Export, head: Head, kept: Sequence[Head], erasures: Erasures) -> Iterator[str]:
    number, before = 0, "0" * 64
    for line in export.chain():
        if line.number != number + 1:
            yield f"line {number + 1} is missing or out of order: the next one is {line.number}"
        if line.previous != before:
            yield f"line {line.number} does not follow from the line before it"
        yield from erasures.hear(line)
        for signed in (head, *kept):
            if signed.number == line.number and signed.sha256 != line.sha256:
                yield f"line {line.number} is not the one that was signed at {signed.at}: the audit was written anew"
        number, before = line.number, line.sha256
    for signed in (head, *kept):
        if signed.number > number:
            yield f"line {signed.number}, signed at {signed.at}, is not there: the chain ends at line {number}"
    yield from erasures.wrong()
    if number > head.number:
        yield f"the chain goes on to line {number}, and only line {head.number} is signed"


def _window(export: Export, since: str, until: str, end: int) -> tuple[int, int]:
    """The first line at or after `since`, and the last before `until`."""
    first, last = end + 1, 0
    for line in export.chain():
        first = min(first, line.number) if line.at >= since else first
        last = line.number if line.at < until else last
    return first, last


def _population(export: Export, last: int) -> tuple[dict[str, Point], Starters]:
    """Every checkpoint as it stood after this line, and who started what."""
    points: dict[str, Point] = {}
    starters: Starters = {}
    for line in islice(export.chain(), last):
        if line.event in STARTS:
            said = line.said
            starters[line.event, word(said, STARTS[line.event])] = word(said, "by")
        elif line.event in HEARD:
            said = line.said
            label = word(said, "checkpoint")
            if line.event == "asked":
                points[label] = Point(line, said)
            elif label in points:
                points[label].hear(line, said)
    return points, starters


def _rows(export: Export, points: dict[str, Point], starters: Starters, report: Report) -> dict[str, list[str]]:
    """The rows that the table should have, by checkpoint."""
    subjects: dict[str, str] = {}
    for place, text in enumerate(export.lines("subjects.jsonl"), 1):
        told = document(text, f"subjects.jsonl, line {place},")
        label, subject = word(told, "checkpoint"), word(told, "subject")
        named = (word(told, "revision"), hashlib.sha256(subject.encode()).hexdigest())
        point = points.get(label)
        if point is None or (point.cells["revision"], point.cells["subject SHA-256"]) != named:
            report.wrong.append(f"subjects.jsonl, line {place}: {label} was not about that")
        else:
            subjects[label] = subject
    rows = {}
    for label, point in points.items():
        case = label.rpartition("/")[0]
        requester = starters.get(("proposed", label)) or starters.get(("deployment wished for", point.run))
        requester = requester or starters.get(("case opened", case), "")
        rows[label] = point.row(requester, subjects.get(label, ""))
    return rows


def _other_rows(export: Export, expected: dict[str, list[str]]) -> Iterator[str]:
    table = export.table("checkpoints.csv")
    if next(table, []) != COLUMNS:
        yield "checkpoints.csv has other columns than it should"
        return
    left = {row[0]: row for row in expected.values()}
    for place, row in enumerate(table, 1):
        should = left.pop(row[0], None) if row else None
        if should is None:
            yield f"checkpoints.csv, row {place}: {row[0] if row else ''} is there twice, or is none of the window"
        elif len(row) != len(should):
            yield f"checkpoints.csv, {row[0]}: the row has {len(row)} cells"
        else:
            for column, found, wanted in zip(COLUMNS, row, should, strict=True):
                if not same(found, wanted):
                    yield f"checkpoints.csv, {row[0]}, {column}: it says “{found}”, the chain says “{wanted}”"
    for label in left:
        yield f"checkpoints.csv: {label} is missing"


def _other_tries(export: Export, first: int, last: int, refused: Counter[str]) -> Iterator[str]:
    table = export.table("refused.csv")
    if next(table, []) != REFUSED_COLUMNS:
        yield "refused.csv has other columns than it should"
    for found, wanted in zip_longest(table, _tries(export, first, last, refused)):
        if wanted is None or found is None:
            yield f"refused.csv: line {(found or wanted or ['?'])[0]} {'is missing' if wanted else 'is no refused try'}"
            return
        if len(found) != len(wanted) or not all(map(same, found, wanted)):
            yield f"refused.csv, line {wanted[0]}: it says {found}, the chain says {wanted}"


def _tries(export: Export, first: int, last: int, refused: Counter[str]) -> Iterator[list[str]]:
    for line in islice(export.chain(), max(first - 1, 0), last):
        if line.event in REFUSALS:
            refused[line.event] += 1
            said = line.said
            by = word(said, "by") or word(said, "name") or word(said, "run") or word(said, "case")
            tried = word(said, "tried") or word(said, "verb") or word(said, "service")
            cells = (str(line.number), line.at, line.event, by, tried, word(said, "checkpoint"), word(said, "why"))
            yield [shown(text) for text in cells]


def _counts(rows: dict[str, list[str]], refused: Counter[str]) -> list[tuple[str, str]]:
    columns = {name: [row[COLUMNS.index(name)] for row in rows.values()] for name in ("outcome", "emergency")}
    look = Counter(words for row in rows.values() for words in row[-1].split("; "))
    told = [(outcome, columns["outcome"].count(outcome)) for outcome in OUTCOMES]
    told += [("emergency", columns["emergency"].count("yes"))]
    told += [(f"to look at: {words}", look[words]) for words in TO_LOOK_AT]
    told += [(f"refused: {event}", refused[event]) for event in REFUSALS]
    return [(what, str(many)) for what, many in told]


def _other_counts(export: Export, expected: list[tuple[str, str]]) -> Iterator[str]:
    for found, wanted in zip_longest(export.table("summary.csv"), expected):
        if found is None or wanted is None or tuple(found) != wanted:
            yield f"summary.csv says {found or 'nothing'}, the chain says {wanted or 'nothing'}"


def broken(why: Exception) -> str:
    """What to say when something can't be read."""
    return str(why) if isinstance(why, Broken) else f"it can't be read ({type(why).__name__}: {why})"
