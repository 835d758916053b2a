"""The shell's words for what comes from outside: attach, evidence, alarm."""

import json
import os

import pytest

from checkpoints.actions import reading
from checkpoints.actions.by_runs import taking
from checkpoints.core.model import Attachment
from checkpoints.core.view import Checkpoint
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from tests.integration.from_outside.arrivals.sending import stored
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend

CONTENT = b"\x1b[31mred\x07 and \x00\xff"


def test_a_file_is_attached_listed_and_read_back_as_it_was(shell: Shell, office: Office, point: Checkpoint) -> None:
    (shell.folder / "seen.bin").write_bytes(CONTENT)
    attached = shell.run("attach", point.label, "seen.bin")
    assert (attached.code, "seen.bin" in attached.out) == (0, True), attached.err
    (kept,) = reading.show(office.desk, point.label).evidence
    listed = shell.run("evidence", point.label)
    assert kept.file.sha256[:12] in listed.out
    assert office.ada.name in listed.out
    told = json.loads(shell.run("evidence", point.label, "--json").out)
    assert [(file["sha256"], file["by"]) for file in told["evidence"]] == [(kept.file.sha256, office.ada.name)]
    assert json.loads(shell.run("show", point.label, "--json").out)["evidence"] == told["evidence"]
    got = shell.talk("evidence", point.label, "--get", kept.file.sha256[:12], answers=())
    assert "⟦U+001B⟧" in got.out
    assert "\x1b[31m" not in got.out


def test_a_report_of_the_request_is_listed_and_written_out(shell: Shell, office: Office, desk: Desk) -> None:
    assert desk.files is not None
    report = Attachment("tests.txt", desk.files.put(b"12/12 passing"), "text/plain", 13)
    point = office.ask(office.case("reported"), spend(attachments=(report,)))
    assert "tests.txt, 13 bytes, Hermes" in shell.run("evidence", point.label).out
    assert shell.run("evidence", point.label, "--get", report.sha256).out == "12/12 passing"
    assert shell.run("evidence", point.label, "--get", "ffff").code == 3


@pytest.mark.promise("E4.7")
def test_what_is_no_file_is_refused_in_words(shell: Shell, office: Office, point: Checkpoint) -> None:
    os.mkfifo(shell.folder / "pipe")
    (shell.folder / "empty").touch()
    with (shell.folder / "large").open("wb") as large:
        large.truncate(50_000_000)
    before = stored(office)[-1]
    for name, says in (
        ("none", "is no file"), ("pipe", "is no file"), (".", "is no file"), ("/dev/zero", "is no file"),
        ("empty", "is empty"), ("large", "the most is"),
    ):  # fmt: skip
        refused = shell.run("attach", point.label, name)
        assert (refused.code, says in refused.err) == (3, True), (name, refused.err)
    assert stored(office)[-1] == before
    assert not office.settings.files.exists()


def test_an_alarm_is_raised_in_words(shell: Shell, office: Office, point: Checkpoint) -> None:
    raised = shell.run("alarm", point.case, "--summary", "Clients see an empty page.")
    assert raised.code == 0, raised.err
    with office.desk.transaction() as tx:
        run = runs.alive(tx, point.case_id)[0]
    (alarm,) = taking.untaken(office.desk, run, "alarm")
    assert (alarm.says, alarm.body["by"]) == ("Clients see an empty page.", office.ada.name)
    assert shell.run("alarm", "none", "--summary", "x").code == 3
    assert reading.audit_page(office.desk, 1).lines[0].event == "try refused"
