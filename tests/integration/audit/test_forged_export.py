"""Whatever somebody does to an export, its verifier finds it; and what can't be read is said, never verified."""

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from checkpoints.actions.audit import anchoring, exporting
from checkpoints.actions.audit.exporting import Exported
from checkpoints.core.errors import Refused
from checkpoints.store.secret.anchors import Signer
from tests.integration.audit.forging import CUT_OFF, WRITTEN_ANEW, Forge
from tests.integration.audit.lived import verified
from tests.stage.desks import Office, spend

Rows = list[list[str]]


def in_table(name: str, change: Callable[[Rows], object]) -> Callable[[Path], None]:
    """Writes a table anew, well formed, after a change of its rows; the columns' names are the first."""

    def forged(folder: Path) -> None:
        file = folder / name
        with file.open(encoding="utf-8-sig", newline="") as read:
            rows = list(csv.reader(read))
        before = [*rows]
        change(rows)
        assert rows != before or name == "nothing"
        with file.open("w", encoding="utf-8-sig", newline="") as to:
            csv.writer(to, quoting=csv.QUOTE_ALL).writerows(rows)

    return forged


def cell(label: str, column: str, value: str) -> Callable[[Path], None]:
    """Another value in one cell of checkpoints.csv."""

    def change(rows: Rows) -> None:
        row = next(number for number, row in enumerate(rows) if row[0] == label)
        changed = [*rows[row]]
        changed[rows[0].index(column)] = value
        rows[row] = changed

    return in_table("checkpoints.csv", change)


def in_lines(name: str, change: Callable[[list[str]], object]) -> Callable[[Path], None]:
    """Writes a file of lines anew after a change of them."""

    def forged(folder: Path) -> None:
        lines = (folder / name).read_text("utf-8").splitlines(keepends=True)
        change(lines)
        (folder / name).write_text("".join(lines), "utf-8")

    return forged


def put(lines: list[str], place: int, **changed: object) -> None:
    lines[place] = f"{json.dumps(json.loads(lines[place]) | changed)}\n"


def go_on(lines: list[str]) -> None:
    """A line more, well chained."""
    last = json.loads(lines[-1])
    more = last | {"number": last["number"] + 1, "previous": last["hash"]}
    parts = (str(more[name]) for name in ("number", "at", "login", "event", "body", "previous"))
    lines.append(f"{json.dumps(more | {'hash': hashlib.sha256(chr(10).join(parts).encode()).hexdigest()})}\n")


def swap(lines: list[str]) -> None:
    lines[4], lines[5] = lines[5], lines[4]


def raw(text: str) -> str:
    return text.replace("⟦U+202E⟧", "\u202e")


FORGERIES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a row removed": (in_table("checkpoints.csv", lambda rows: rows.pop(3)), "is missing"),
    "a row twice": (in_table("checkpoints.csv", lambda rows: rows.append(rows[3])), "is there twice"),
    "a row made up": (
        in_table("checkpoints.csv", lambda rows: rows.append(["sample/99", *rows[3][1:]])),
        "sample/99 is there twice, or is none of the window",
    ),
    "an approver's name": (
        cell("sample/8", "approver 1", "Bob"),
        "sample/8, approver 1: it says “Bob”, the chain says",
    ),
    "an approver's role": (cell("sample/8", "approver 1 as", "client"), "approver 1 as: it says"),
    "an outcome": (cell("sample/4", "outcome", "approved"), "outcome: it says “approved”, the chain says “rejected”"),
    "a digest": (cell("sample/2", "subject SHA-256", "0" * 64), "subject SHA-256: it says"),
    "a rule": (cell("sample/3", "rule", "another"), "sample/3, rule: it says “another”"),
    "a time": (cell("sample/2", "decided at", "2020-01-01T00:00:00.000000Z"), "decided at: it says"),
    "a field": (cell("sample/8", "fields", '{"seats": "700"}'), "fields: it says"),
    "what to look at": (cell("own/1", "to look at", ""), "own/1, to look at: it says “”"),
    "a formula": (cell("sample/4", "because", "=cmd()"), "because: it says"),
    "a formula set free": (
        in_table(
            "checkpoints.csv", lambda rows: rows.__setitem__(slice(None), [[c.lstrip("'") for c in r] for r in rows])
        ),
        "because: it says",
    ),
    "a mark made a control": (
        in_table("checkpoints.csv", lambda rows: rows.__setitem__(slice(None), [[raw(c) for c in r] for r in rows])),
        "because: it says",
    ),
    "another subject": (
        in_lines("subjects.jsonl", lambda lines: put(lines, 2, subject='{"what":"a yacht"}')),
        "was not about that",
    ),
    "a subject's revision": (in_lines("subjects.jsonl", lambda lines: put(lines, 2, revision=9)), "was not about that"),
    "a subject removed": (in_lines("subjects.jsonl", lambda lines: lines.pop(2)), "what was asked can't be shown"),
    "a refused try removed": (in_table("refused.csv", lambda rows: rows.pop()), "is missing"),
    "a refused try made up": (in_table("refused.csv", lambda rows: rows.append(["1", *rows[1][1:]])), "is no refused"),
    "a refused try edited": (
        in_table("refused.csv", lambda rows: rows.__setitem__(1, [*rows[1][:3], "Bob", *rows[1][4:]])),
        "the chain says",
    ),
    "a count": (in_table("summary.csv", lambda rows: rows.__setitem__(8, [rows[8][0], "12"])), "summary.csv says"),
    "a count removed": (in_table("summary.csv", lambda rows: rows.pop(9)), "summary.csv says"),
    "another window": (
        in_table("summary.csv", lambda rows: rows.__setitem__(2, ["from", "2100-01-01T00:00:00.000000Z"])),
        "is none of the window",
    ),
    "a column's name": (in_table("checkpoints.csv", lambda rows: rows.__setitem__(0, rows[0][::-1])), "other columns"),
    "a line edited": (in_lines("chain.jsonl", lambda lines: put(lines, 6, body="{}")), "line 7 was changed"),
    "a line removed": (in_lines("chain.jsonl", lambda lines: lines.pop(6)), "line 7 is missing"),
    "lines reordered": (in_lines("chain.jsonl", swap), "line 5 is missing or out of order"),
    "the first line dropped": (in_lines("chain.jsonl", lambda lines: lines.pop(0)), "line 1 is missing"),
    "the end cut off": (in_lines("chain.jsonl", lambda lines: lines.pop()), "is not there: the chain ends at line"),
    "all of it cut off": (in_lines("chain.jsonl", lambda lines: lines.clear()), "the chain ends at line 0"),
    "a line added": (in_lines("chain.jsonl", go_on), "the chain goes on to line"),
    "a line twice": (in_lines("chain.jsonl", lambda lines: lines.append(lines[-1])), "is missing or out of order"),
}


@pytest.mark.promise("H4.3")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_found_and_named(folder: Path, exported: Exported, forgery: str) -> None:
    forge_it, named = FORGERIES[forgery]
    forge_it(folder)
    said = verified(folder, exported.public_key, code=1)
    assert said[0] == "DOES NOT HOLD"
    assert any(line.startswith("  wrong: ") and named in line for line in said), said


def test_a_name_that_was_edited_everywhere_in_the_tables_is_found_by_the_chain(
    folder: Path, exported: Exported
) -> None:
    for name in ("checkpoints.csv", "refused.csv"):
        file = folder / name
        file.write_bytes(file.read_bytes().replace(b'"Ada"', b'"Bob"'))
    said = verified(folder, exported.public_key, code=1)
    assert sum("it says “Bob”, the chain says “Ada”" in line for line in said) > 5


def sign_anew(folder: Path) -> str:
    """All of the chain written anew by somebody with a key of their own, who signs its end: that key."""
    lines = (folder / "chain.jsonl").read_text("utf-8").splitlines()
    head = json.loads((folder / "head.json").read_text()) | {"hash": json.loads(lines[-1])["hash"]}
    theirs = Ed25519PrivateKey.generate()
    statement = f"countersign audit head\n{head['number']}\n{head['hash']}\n{head['at']}\n".encode()
    head |= {"signature": theirs.sign(statement).hex(), "public_key": theirs.public_key().public_bytes_raw().hex()}
    (folder / "head.json").write_text(json.dumps(head))
    return str(head["public_key"])


@pytest.mark.promise("H4.3")
def test_what_another_key_signed_is_not_verified_by_the_one_that_was_kept(folder: Path, exported: Exported) -> None:
    theirs = sign_anew(folder)
    assert verified(folder, theirs, code=0)[0] == "HOLDS"
    assert "head.json was not signed with the key" in verified(folder, exported.public_key, code=1)[0]
    assert "was not signed with the key" in verified(exported.path, "0" * 64, code=1)[0]
    assert "64 hex digits" in verified(exported.path, "my key", code=1)[0]


@pytest.mark.promise("H4.3")
def test_an_audit_that_was_written_anew_before_the_export_is_found_by_a_head_that_was_kept(
    office: Office,
    forge: Forge,
    tmp_path: Path,
) -> None:
    signed = anchoring.anchor(office.desk)
    assert signed is not None
    kept = tmp_path / "kept.json"
    shutil.copy(signed[1], kept)
    honest = exporting.export(office.desk, office.ada, None, None, tmp_path / "honest.zip")
    said = verified(honest.path, honest.public_key, "--anchor", str(kept), code=0)
    assert "  holds: The signed heads that you kept are in it: 1." in said
    forge(WRITTEN_ANEW)
    with pytest.raises(Refused, match=r"The audit does not hold|was another one: the audit was written anew"):
        exporting.export(office.desk, office.ada, None, None, tmp_path / "forged.zip")
    for file in Signer(office.desk.home).files():
        file.unlink()
    forged = exporting.export(office.desk, office.ada, None, None, tmp_path / "forged.zip")
    assert verified(forged.path, forged.public_key, code=0)[-1].startswith("  not shown: ")
    said = verified(forged.path, forged.public_key, "--anchor", str(kept), code=1)
    assert any("the audit was written anew" in line for line in said)


@pytest.mark.promise("H4.3")
def test_an_older_audit_that_is_exported_as_todays_is_found_by_a_head_that_was_kept(
    office: Office,
    forge: Forge,
    tmp_path: Path,
) -> None:
    signed = anchoring.anchor(office.desk)
    assert signed is not None
    forge(CUT_OFF)
    kept = shutil.move(signed[1], tmp_path / "kept.json")
    old = exporting.export(office.desk, office.ada, None, None, tmp_path / "old.zip")
    assert any(
        "is not there: the chain ends at line" in line
        for line in verified(old.path, old.public_key, "--anchor", str(kept), code=1)
    )


def test_a_head_that_is_younger_than_the_export_is_said_not_to_be_compared(office: Office, tmp_path: Path) -> None:
    made = exporting.export(office.desk, office.ada, None, None, tmp_path / "audit.zip")
    office.ask(office.case(), spend("60"))
    signed = anchoring.anchor(office.desk)
    assert signed is not None
    from_now = json.loads(signed[1].read_text())
    statement = f"countersign audit head\n{from_now['number']}\n{from_now['hash']}\n2100-01-01T00:00:00Z\n".encode()
    key = Ed25519PrivateKey.from_private_bytes((office.desk.home / "keys" / "anchor.key").read_bytes())
    later = tmp_path / "later.json"
    later.write_text(json.dumps(from_now | {"at": "2100-01-01T00:00:00Z", "signature": key.sign(statement).hex()}))
    said = verified(made.path, made.public_key, "--anchor", str(later), code=0)
    assert "  look at: signed heads that you kept, younger than this export and so not compared: 1" in said
    assert said[-1].startswith("  not shown: ")


def nested(folder: Path) -> None:
    (folder / "chain.jsonl").write_text("[" * 100_000)


JUNK: dict[str, Callable[[Path], object]] = {
    "no chain": lambda folder: (folder / "chain.jsonl").unlink(),
    "no head": lambda folder: (folder / "head.json").unlink(),
    "no summary": lambda folder: (folder / "summary.csv").unlink(),
    "no rows": lambda folder: (folder / "checkpoints.csv").unlink(),
    "an empty head": lambda folder: (folder / "head.json").write_bytes(b""),
    "a head that is a list": lambda folder: (folder / "head.json").write_text("[]"),
    "a head without a signature": lambda folder: (folder / "head.json").write_text('{"number": 1}'),
    "a head with another key in it": in_lines("head.json", lambda lines: lines.insert(1, '"public_key": "0",\n')),
    "a line that is a list": in_lines("chain.jsonl", lambda lines: lines.insert(0, "[]\n")),
    "a line without a hash": in_lines("chain.jsonl", lambda lines: lines.insert(0, '{"number": 1}\n')),
    "a name twice": in_lines("chain.jsonl", lambda lines: lines.insert(0, lines.pop(0).replace("{", '{"at": "", ', 1))),
    "a number that is none": in_lines("chain.jsonl", lambda lines: put(lines, 0, number=True)),
    "nested": nested,
    "not UTF-8": lambda folder: (folder / "chain.jsonl").write_bytes(b"\xff\xfe\x00"),
    "rows not UTF-8": lambda folder: (folder / "checkpoints.csv").write_bytes(b'"\xff"'),
    "an open quote": lambda folder: (folder / "checkpoints.csv").write_bytes(b'"checkpoint","kind'),
    "a line of five million": lambda folder: (folder / "chain.jsonl").write_bytes(b"x" * 5_000_000),
    "subjects that are none": lambda folder: (folder / "subjects.jsonl").write_text("{}{}"),
}


@pytest.mark.promise("H4.3")
@pytest.mark.parametrize("junk", JUNK)
def test_what_cant_be_read_is_said_in_a_sentence(folder: Path, exported: Exported, junk: str) -> None:
    JUNK[junk](folder)
    said = verified(folder, exported.public_key, code=1)
    assert said[0].endswith("Nothing was verified.") or said[0] == "DOES NOT HOLD"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04junk", b"x" * 100], ids=["empty", "cut", "junk"])
def test_a_file_that_is_no_export_is_said_to_be_none(exported: Exported, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "audit.zip"
    file.write_bytes(content)
    assert verified(file, exported.public_key, code=1)[0].endswith("Nothing was verified.")
    assert verified(tmp_path / "none", exported.public_key, code=1)[0].endswith("Nothing was verified.")
    missing = verified(exported.path, exported.public_key, "--anchor", str(tmp_path / "none"), code=1)
    assert missing[0].endswith("Nothing was verified.")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_that_holds_a_file_twice_is_refused_whatever_an_unzipper_would_take(
    exported: Exported, tmp_path: Path
) -> None:
    doubled = Path(shutil.copy(exported.path, tmp_path / "doubled.zip"))
    with ZipFile(doubled, "a") as packed:
        packed.writestr("checkpoints.csv", "another")
    assert "holds a file twice" in verified(doubled, exported.public_key, code=1)[0]
