"""The audit leaves the desk: one file with the whole chain, its signed end, the population as tables, a verifier.

Rule: it is written whole or not at all, from one end of the chain, and read bit by bit however long it is.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Connection

from checkpoints.actions.audit import anchoring
from checkpoints.core import audit as chain
from checkpoints.core.audit import Head, Line
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Json, Person
from checkpoints.core.shown.population import REFUSALS, Told, told
from checkpoints.core.shown.sheet import COLUMNS, REFUSED_COLUMNS, Counts, Window, refused_row, row, summary
from checkpoints.store import audit, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.secret import private_files
from checkpoints.store.secret.anchors import Signer, checked

VERIFIER = Path(__file__).with_name("verifier")
AT_ONCE = 200
"""Checkpoints whose subjects are read at a time; one may have 256 KiB."""
BEGUN, WISHED, PROPOSED = "case opened", "deployment wished for", "proposed"
STARTS = {BEGUN: "case", WISHED: "run", PROPOSED: "checkpoint"}
"""What a person started, and what names it in the line."""
STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"
README = """An export of the audit of a Countersign desk: who asked what, who approved it, when, under which rule.

  summary.csv       the control sheet: what is in here, counted, and what to look at first
  checkpoints.csv   one row a question: also the rejected, expired, withdrawn, void, by rule, still open
  refused.csv       tries that the desk refused
  chain.jsonl       every line of the audit from the first on, each with the SHA-256 of the one before
  head.json         the chain's end, signed (Ed25519)
  subjects.jsonl    what exactly was asked, as the text whose SHA-256 the chain names
  verifier          checks all of this; it needs Python 3.11 or newer and nothing else

  python -m verifier --public-key KEY

KEY has 64 hex digits. Get it from the desk by another way than this file, and keep it, with signed heads that you are
sent now and then: python -m verifier --public-key KEY --anchor audit-000000412.json
Times are UTC. The tables are for reading: what counts is the chain, and the verifier makes them anew from it.
"""


@dataclass(frozen=True)
class Exported:
    """Where it lies, and its control sheet."""

    path: Path
    public_key: str
    sheet: tuple[tuple[str, str], ...]


def export(desk: Desk, person: Person, since: date | None, until: date | None, path: Path | None = None) -> Exported:
    """The days from the one to the other, both included, in UTC; else from the first line to now.

    That somebody takes the audit along is its last line. Raises Refused (dates, a file that is there, an audit that
    doesn't hold), Unavailable.
    """
    first_day, last_day = _days(desk, since, until)
    target = path or Path(f"countersign-audit-{first_day}-to-{last_day}.zip")
    if target.exists():
        raise Refused(f"{target} is there already. Nothing was exported. Name another file with --out.")
    with desk.transaction() as tx:
        body: dict[str, Json] = {"by": person.name, "from": str(first_day), "until": str(last_day)}
        audit.append(tx, "export begun", body)
    signed = anchoring.anchor(desk)
    if signed is None:
        raise Refused("The audit has no line that could be signed. Nothing was exported.")
    head, file = signed
    try:
        with private_files.made_whole(target) as made, desk.transaction() as tx, ZipFile(made, "w", ZIP_DEFLATED) as to:
            audit.as_of_now(tx)
            window = _window(tx, first_day, last_day, head.number)
            sheet = _write(tx, desk, to, window, Head(head.number, head.hash), file)
    except FileExistsError:
        raise Refused(f"{target} is there already. Nothing was exported. Name another file with --out.") from None
    except OSError as wrong:
        raise Unavailable(
            f"{target} can't be written ({wrong.strerror}). Nothing was exported. Name another place with --out."
        ) from None
    return Exported(target, Signer(desk.home).public_key, tuple(sheet))


def _days(desk: Desk, since: date | None, until: date | None) -> tuple[date, date]:
    with desk.transaction() as tx:
        today = checkpoints.now(tx).astimezone(UTC).date()
        *_, beginning = audit.window(tx, "", "", 1)
    first = since or (datetime.strptime(beginning, STAMP).replace(tzinfo=UTC).date() if beginning else today)
    last = until or today
    if last > today:
        raise Refused(f"{last} is not over yet: it is {today} (UTC). Nothing was exported.")
    if first > last:
        raise Refused(f"From {first} until {last} there is no day. Nothing was exported.")
    return first, last


def _window(tx: Connection, first_day: date, last_day: date, end: int) -> Window:
    now = checkpoints.now(tx).astimezone(UTC)
    since = datetime.combine(first_day, time(), UTC).strftime(STAMP)
    until = min(datetime.combine(last_day + timedelta(days=1), time(), UTC), now).strftime(STAMP)
    first, last, _ = audit.window(tx, since, until, end)
    return Window(since, until, first, last, end)


def _write(tx: Connection, desk: Desk, to: ZipFile, window: Window, head: Head, signed: Path) -> list[tuple[str, str]]:
    to.writestr("README.txt", README)
    for part in sorted(VERIFIER.glob("*.py")):
        to.writestr(f"verifier/{part.name}", part.read_bytes())
    to.writestr("head.json", signed.read_bytes())
    erased = _chain(tx, desk, to, head)
    counts = Counts()
    _population(tx, to, window, counts)
    refused = audit.of_events(tx, REFUSALS, window.first, window.last)
    _table(to, "refused.csv", REFUSED_COLUMNS, (refused_row(line, counts) for line in refused))
    sheet = summary(window, counts, erased)
    _table(to, "summary.csv", ("what", "value"), sheet)
    return sheet


def _chain(tx: Connection, desk: Desk, to: ZipFile, head: Head) -> int:
    """How many lines had personal data erased. Raises Refused for an audit that doesn't hold: that is no evidence."""
    signer = Signer(desk.home)
    kept = [anchor for anchor in checked(signer.files(), signer.public_key) if anchor.number <= head.number]
    with to.open("chain.jsonl", "w", force_zip64=True) as file:

        def written(line: Line) -> Line:
            file.write(f"{json.dumps(vars(line))}\n".encode())
            return line

        found = chain.examine(map(written, audit.in_order(tx, head.number)), head, anchors=kept)
    if found.wrong:
        raise Refused(f"The audit does not hold: {found.wrong[0]}. Nothing was exported. See: countersign audit verify")
    return found.erased


def _population(tx: Connection, to: ZipFile, window: Window, counts: Counts) -> None:
    """Both tables of what was asked, in one reading: the one waits in a file without a name."""
    starters, points = _starters(tx, window), _points(tx, window)
    with TemporaryFile() as waiting:

        def rows() -> Iterator[list[str]]:
            while some := list(islice(points, AT_ONCE)):
                subjects = checkpoints.subjects(tx, [(point.checkpoint, point.revision) for point in some])
                for point in some:
                    subject = subjects.get(point.checkpoint, ("", ""))
                    text = subject[1] if subject[0] == point.subject else ""
                    if text:
                        said = {"checkpoint": point.checkpoint, "revision": point.revision, "subject": text}
                        waiting.write(f"{json.dumps(said)}\n".encode())
                    yield row(point, _requester(starters, point), text, counts)

        _table(to, "checkpoints.csv", COLUMNS, rows())
        waiting.seek(0)
        with to.open("subjects.jsonl", "w", force_zip64=True) as file:
            copyfileobj(waiting, file)


def _starters(tx: Connection, window: Window) -> dict[tuple[str, str], str]:
    """Who started each case, by its name, who wished for each run besides, by its id, and who proposed what."""
    found: dict[tuple[str, str], str] = {}
    for line in audit.of_events(tx, STARTS, 1, window.last):
        body = json.loads(line.body)
        found[line.event, body.get(STARTS[line.event], "")] = body["by"]
    return found


def _requester(starters: Mapping[tuple[str, str], str], point: Told) -> str:
    case, _, _ = point.checkpoint.rpartition("/")
    proposed = starters.get((PROPOSED, point.checkpoint))
    return proposed or starters.get((WISHED, point.run)) or starters.get((BEGUN, case), "")


def _points(tx: Connection, window: Window) -> Iterator[Told]:
    lines = audit.by_checkpoint(tx, window.last)
    for label, of_one in groupby(lines, lambda line: json.loads(line.body)["checkpoint"]):
        point = told(label, of_one)
        if point is not None and window.holds(point):
            yield point


def _table(to: ZipFile, name: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with to.open(name, "w", force_zip64=True) as file, _text(file) as text:
        table = csv.writer(text, quoting=csv.QUOTE_ALL)
        table.writerow(columns)
        table.writerows(rows)


def _text(file: IO[bytes]) -> io.TextIOWrapper:
    """With the mark at its top by which a spreadsheet knows UTF-8."""
    return io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
