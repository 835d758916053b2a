"""The export is the whole population, and whoever has only it and the public key can check it."""

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, reading
from checkpoints.actions.audit import anchoring, exporting
from checkpoints.actions.audit.exporting import Exported
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Verdict
from tests.integration.audit.lived import HOSTILE, MANAGER, OUTCOMES, SEATS, unpacked, verified
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def rows(folder: Path) -> dict[str, dict[str, str]]:
    return {row["checkpoint"]: row for row in table(folder, "checkpoints.csv")}


@pytest.mark.promise("H4.1")
def test_it_has_every_question_also_the_rejected_the_expired_and_what_a_rule_passed(
    lived: Office, folder: Path
) -> None:
    assert {label: row["outcome"] for label, row in rows(folder).items()} == OUTCOMES
    for label, outcome in OUTCOMES.items():
        state = reading.show(lived.desk, label).point.state
        same = {"refused by the desk": "withdrawn", "approved by the rule": "approved"}
        assert state == same.get(outcome, outcome), label


@pytest.mark.promise("H4.2")
def test_it_says_who_asked_who_approved_under_which_rule_what_and_when(lived: Office, folder: Path) -> None:
    found, rule = rows(folder), lived.desk.matrix
    both, point = found["sample/8"], reading.show(lived.desk, "sample/8").point
    assert (both["agent"], both["requested for"]) == ("Hermes", "Mira")
    assert [both[f"approver {n}"] for n in (1, 2, 3)] == ["Ada", "'" + MANAGER.replace(";@", ";'@"), ""]
    assert [both[f"approver {n} as"] for n in (1, 2)] == ["to", "manager"]
    assert {both["approver 1 way"], both["approver 2 way"]} == {"shell"}
    assert (both["rule"], both["rule adopted by"]) == (rule.version, rule.adopted_by)
    assert (both["subject SHA-256"], json.loads(both["fields"])) == (point.digest, {SEATS.name: "7"})
    assert both["asked at"] < both["approver 1 at"] < both["decided at"] < both["acted at"] < both["act ended at"]
    by_rule = found["sample/3"]
    assert by_rule["decided by"] == f"the rule, version {rule.version}"
    assert (by_rule["rule adopted by"], by_rule["approvals"], by_rule["acted"]) == (rule.adopted_by, "0", "failed")
    assert json.loads(by_rule["fields"]) == {SEATS.name: "5"}
    assert found["sample/4"]["decided by"] == "Ada"
    assert (found["sample/5"]["ended by"], found["sample/5"]["because"]) == ("Ada", "Bought elsewhere.")
    assert (found["sample/9"]["revision"], found["sample/9"]["approvals"]) == ("2", "1")
    assert all(row["emergency"] == "no" for row in found.values())


@pytest.mark.promise("H4.2")
def test_what_an_auditor_should_look_at_stands_with_it(folder: Path) -> None:
    looked = {label: row["to look at"] for label, row in rows(folder).items() if row["to look at"]}
    assert looked == {"own/1": "requester approved", "sample/8": "nobody knows what the act came to"}
    assert rows(folder)["own/1"]["same person"] == "yes"


def in_the_tables(office: Office) -> int:
    with office.desk.transaction() as tx:
        return int(tx.execute(text("select count(*) from desk.checkpoint")).scalar_one())


@pytest.mark.promise("H4.3")
def test_the_counts_agree_with_the_rows_and_with_the_desk(lived: Office, folder: Path, exported: Exported) -> None:
    counts = {row["what"]: row["value"] for row in table(folder, "summary.csv")}
    assert tuple(counts.items()) == exported.sheet
    for outcome, many in Counter(OUTCOMES.values()).items():
        assert counts[outcome] == str(many)
    assert counts["checkpoints"] == str(len(OUTCOMES)) == str(in_the_tables(lived))
    assert counts["emergency"] == "0"
    assert counts["to look at: requester approved"] == "1"
    assert counts["refused: try refused"] == str(len(table(folder, "refused.csv"))) == "1"
    assert counts["audit lines"] == str(len((folder / "chain.jsonl").read_text("utf-8").splitlines()))


@pytest.mark.promise("H4.3")
def test_it_is_verified_by_what_travels_in_it_with_nothing_of_ours_installed(folder: Path, exported: Exported) -> None:
    words = [sys.executable, "-S", "-B", "-m", "verifier", "--public-key", exported.public_key]
    said = subprocess.run(words, cwd=folder, capture_output=True, text=True, env={}, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    rejected = (folder / "checkpoints.csv").read_bytes()
    (folder / "checkpoints.csv").write_bytes(rejected.replace(b'"rejected"', b'"approved"'))
    poor = {"PYTHONIOENCODING": "ascii"}
    forged = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=poor, check=False)
    assert (forged.returncode, forged.stderr) == (1, "")
    assert "it says \\u201capproved\\u201d" in forged.stdout
    assert said.stdout.startswith("HOLDS\n")
    assert f"checkpoints.csv has all {len(OUTCOMES)} of the window" in said.stdout
    assert "look at: requester approved: 1 (own/1)" in said.stdout


def test_the_file_that_was_mailed_is_verified_as_it_is_and_only_its_owner_reads_it(exported: Exported) -> None:
    assert verified(exported.path, exported.public_key, code=0)[0] == "HOLDS"
    assert exported.path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in exported.path.parent.iterdir()] == [exported.path.name]


@pytest.mark.promise("E6.3")
def test_no_cell_is_a_formula_another_cell_or_a_row(folder: Path) -> None:
    for name in ("checkpoints.csv", "refused.csv", "summary.csv"):
        raw = (folder / name).read_bytes().decode("utf-8-sig")
        lines = raw.split("\r\n")[:-1]
        assert all(line.isprintable() and line[0] == line[-1] == '"' for line in lines)
        read = list(csv.reader(lines, strict=True))
        assert {len(row) for row in read} == {len(read[0])}
        assert not [text for row in read for text in row if text.startswith(tuple("=+-@\t\r "))]
        # As a spreadsheet that splits at something else would see it.
        parts = [part for line in lines for part in re.split(r"[,;|]", line)]
        assert not [part for part in parts if part.lstrip('" ').startswith(tuple("=+-@"))]
    because = rows(folder)["sample/4"]["because"]
    assert because.startswith("'=cmd|' /C calc'!A0")
    assert "⟦U+001B⟧[31m⟦U+202E⟧⟦U+200B⟧" in because


def test_what_was_asked_is_there_as_the_text_whose_digest_the_chain_names(folder: Path) -> None:
    subjects = [json.loads(line) for line in (folder / "subjects.jsonl").read_text("utf-8").splitlines()]
    asked = {told["checkpoint"]: json.loads(told["subject"]) for told in subjects}
    assert asked["sample/2"] == {"what": HOSTILE, "seats": 5, "trial": True}
    assert asked["sample/9"] == {"what": "error tracking", "monthly": "55"}


def test_a_window_has_what_happened_in_it_and_what_was_open(lived: Office, tmp_path: Path) -> None:
    then = datetime.now(UTC).date()
    early = exporting.export(lived.desk, lived.ada, then, then, tmp_path / "early.zip")
    found = rows(unpacked(early.path, tmp_path / "early"))
    assert {label: row["outcome"] for label, row in found.items()} == {"sample/1": "open"}
    assert verified(early.path, early.public_key, code=0)[0] == "HOLDS"
    between = exporting.export(
        lived.desk, lived.ada, then + timedelta(days=2), then + timedelta(days=9), tmp_path / "between.zip"
    )
    found = rows(unpacked(between.path, tmp_path / "between"))
    assert {label: row["outcome"] for label, row in found.items()} == {"sample/1": "open"}
    late = exporting.export(lived.desk, lived.ada, then + timedelta(days=2), None, tmp_path / "late.zip")
    assert set(rows(unpacked(late.path, tmp_path / "late"))) == set(OUTCOMES)
    assert verified(late.path, late.public_key, code=0)[0] == "HOLDS"


def test_no_file_is_overwritten_and_no_half_one_is_left(lived: Office, tmp_path: Path) -> None:
    there = tmp_path / "there.zip"
    there.write_text("mine")
    before = anchoring.verify(lived.desk).lines
    with pytest.raises(Refused, match=r"is there already\. Nothing was exported"):
        exporting.export(lived.desk, lived.ada, None, None, there)
    assert there.read_text() == "mine"
    assert anchoring.verify(lived.desk).lines == before
    with pytest.raises(Unavailable, match=r"can't be written .* Nothing was exported"):
        exporting.export(lived.desk, lived.ada, None, None, tmp_path / "nowhere" / "audit.zip")
    day = datetime.now(UTC).date()
    with pytest.raises(Refused, match="is not over yet"):
        exporting.export(lived.desk, lived.ada, None, day + timedelta(days=400), tmp_path / "x.zip")
    with pytest.raises(Refused, match="there is no day"):
        exporting.export(lived.desk, lived.ada, day, day - timedelta(days=1), tmp_path / "x.zip")
    assert [file.name for file in tmp_path.iterdir()] == ["there.zip"]


@pytest.mark.promise("C7.2", "H4.4")
def test_a_glass_that_was_broken_is_shouted(office: Office, tmp_path: Path) -> None:
    office.enrol(office.ada)
    point = office.ask(office.case(), spend("300"))
    press = deciding.Press(point.id, 1, point.digest, Verdict.APPROVE, {}, "The house is on fire.")
    deciding.break_glass(office.desk, office.ada, press)
    made = exporting.export(office.desk, office.ada, None, None, tmp_path / "audit.zip")
    [row] = rows(unpacked(made.path, tmp_path / "export")).values()
    assert (row["outcome"], row["emergency"], row["roles required"]) == ("approved", "yes", "to, manager")
    assert row["to look at"] == "approved by fewer than its rule asks; approved in an emergency"
    assert ("emergency", "1") in made.sheet
    assert verified(made.path, made.public_key, code=0)[0] == "HOLDS"


def test_the_shell_writes_it_for_whoever_is_signed_in_and_the_audit_says_so(shell: Shell) -> None:
    shell.office.ask(shell.office.case(), spend("60"))
    said = shell.run("audit", "export", "--out", "audit.zip")
    assert (said.code, said.err) == (0, "")
    assert "Exported: audit.zip" in said.out
    with ZipFile(shell.folder / "audit.zip") as packed:
        last = json.loads(packed.read("chain.jsonl").splitlines()[-1])
    assert (last["event"], json.loads(last["body"])["by"]) == ("export begun", "Ada")
    wrong = shell.run("audit", "export", "--from", "=1+1")
    assert wrong.code == 2
    assert "is no day" in wrong.err
