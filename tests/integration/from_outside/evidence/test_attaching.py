"""Evidence is attached to an open question by somebody with a role, under a name that is safe, and never twice."""

import json
from dataclasses import replace

import pytest

from checkpoints.actions import escalating, reading
from checkpoints.actions.from_outside import attaching, fetching
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused, Unavailable
from checkpoints.core.model import Attachment
from checkpoints.core.view import Checkpoint
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.files import MOST_BYTES, Folder
from tests.integration.desk.moments import later
from tests.integration.from_outside.arrivals.sending import stored
from tests.stage.desks import Office, spend

NAMES = {
    "report.pdf": "report.pdf",
    "../../etc/passwd": "passwd",
    "C:\\Users\\ada\\plan.txt": "plan.txt",
    "-rf": "rf",
    ".bashrc": "bashrc",
    "..": "file",
    "": "file",
    "a\0b\r\nc.txt": "a b c.txt",
    "invoice\u202egpj.exe": "invoice gpj.exe",
    "half\ud800.txt": "half .txt",
    "Größe 測試.png": "Größe 測試.png",
    "x" * 200 + ".json": "x" * 115 + ".json",
}


@pytest.mark.parametrize(("given", "kept"), NAMES.items())
def test_a_name_stays_a_name(given: str, kept: str) -> None:
    assert attaching.cleaned(given) == kept


def test_a_file_stands_with_its_question_and_in_the_audit(office: Office, desk: Desk, point: Checkpoint) -> None:
    kept = attaching.attach(desk, office.ada, point.id, "seen.txt", b"it works")
    (attached,) = reading.show(desk, point.label).evidence
    assert (attached.file, attached.person) == (kept, office.ada.name)
    assert (kept.name, kept.media_type, kept.size) == ("seen.txt", "text/plain", 8)
    assert reading.history(desk, point.label).shown.evidence == (attached,)
    line = reading.audit_page(desk, 1).lines[0]
    assert line.event == "evidence attached"
    assert json.loads(line.body)["sha256"] == kept.sha256
    assert fetching.fetch(desk, point.label, kept.sha256[:12]) == (kept, b"it works")


def test_the_same_file_again_changes_nothing(office: Office, desk: Desk, point: Checkpoint) -> None:
    attaching.attach(desk, office.ada, point.id, "seen.txt", b"it works")
    before = stored(office)
    attaching.attach(desk, office.ada, point.id, "again.txt", b"it works")
    assert stored(office) == before


def test_only_an_open_question_takes_evidence(office: Office, desk: Desk, point: Checkpoint) -> None:
    later(office, "31 days")
    escalating.expire_next(office.desk)
    before = stored(office)
    with pytest.raises(IllegalMove, match="Nothing was attached"):
        attaching.attach(desk, office.ada, point.id, "late.txt", b"late")
    assert stored(office) == before
    assert not office.settings.files.exists()


@pytest.mark.promise("E4.7")
def test_what_can_t_be_kept_is_refused_and_nothing_stored(office: Office, desk: Desk, point: Checkpoint) -> None:
    before = stored(office)
    for content in (b"", b"x" * (MOST_BYTES + 1)):
        with pytest.raises(Refused):
            attaching.attach(desk, office.ada, point.id, "file", content)
    with pytest.raises(Unavailable):
        attaching.attach(replace(desk, files=None), office.ada, point.id, "file", b"x")
    assert stored(office) == before
    assert not office.settings.files.exists()


def test_somebody_who_left_attaches_nothing(office: Office, desk: Desk, point: Checkpoint) -> None:
    gone = replace(office.ada, proof=point.id)
    with pytest.raises(NotYourCall):
        attaching.attach(desk, gone, point.id, "file", b"x")


def test_a_question_takes_so_many_files_and_no_more(
    office: Office, desk: Desk, point: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, "MOST", 2)
    for content in (b"1", b"2"):
        attaching.attach(desk, office.ada, point.id, "file", content)
    with pytest.raises(Refused, match="2 files already"):
        attaching.attach(desk, office.ada, point.id, "file", b"3")


def test_a_file_is_given_out_with_its_own_question_only(office: Office, desk: Desk, point: Checkpoint) -> None:
    kept = attaching.attach(desk, office.ada, point.id, "file", b"x")
    other = office.ask(office.case("other"), spend())
    for digits in (kept.sha256, "", "../../keys/desk.pgpass"):
        with pytest.raises(Refused, match="has no file"):
            fetching.fetch(desk, other.label, digits)


def test_a_report_that_somebody_changed_on_disk_is_not_given_out(office: Office, desk: Desk) -> None:
    assert isinstance(desk.files, Folder)
    sha256 = desk.files.put(b"12/12 passing")
    report = Attachment("tests.txt", sha256, "text/plain", 13)
    point = office.ask(office.case("reported"), spend(attachments=(report,)))
    assert fetching.fetch(desk, point.label, sha256) == (report, b"12/12 passing")
    (desk.files.root / sha256[:2] / sha256).write_bytes(b"99/99 passing")
    with pytest.raises(Refused, match="was changed"):
        fetching.fetch(desk, point.label, sha256)


def test_a_story_has_each_questions_own_evidence(office: Office, desk: Desk, point: Checkpoint) -> None:
    with office.desk.transaction() as tx:
        run = runs.alive(tx, point.case_id)[0]
    office.ask(run, spend(), "another")
    kept = attaching.attach(desk, office.ada, point.id, "seen.txt", b"it works")
    first, second = reading.story(office.asker, point.case).cards
    assert [attached.file for attached in first.evidence] == [kept]
    assert second.evidence == ()
