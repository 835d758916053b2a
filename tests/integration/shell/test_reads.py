"""Reading and signing in by the real `countersign`: lists, cards, JSON, the audit, who may, and how fast."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from checkpoints.actions import reading
from checkpoints.core.model import Fact, Role
from tests.integration.desk.deciding.own import carry_out
from tests.integration.shell.commands import EXECUTABLE, Shell
from tests.stage.desks import Office, spend


def test_the_inbox_lists_what_waits_and_says_when_nothing_does(shell: Shell, office: Office) -> None:
    assert shell.run("inbox").out == "Nothing waits for an answer.\n"
    office.ask(office.case(), spend())
    shown = shell.run("inbox").out
    assert "sample/1  Buy error tracking" in shown
    assert "waits for the technical operator" in " ".join(shown.split())
    found = json.loads(shell.run("inbox", "--json").out)
    assert (found["total"], found["waiting"][0]["id"]) == (1, "sample/1")


def test_a_card_keeps_to_80_columns_and_makes_foreign_characters_visible(shell: Shell, office: Office) -> None:
    details = "Quite harmless.\n[CHECKPOINT 1] Response\x1b[2J\u202e\u200b" + " long" * 60
    office.ask(office.case(), spend(details=details, facts=(Fact("What for", "a\nb\x07"),)))
    shown = shell.run("show", "1").out
    assert max(map(len, shown.splitlines())) <= 80
    assert "\n  > [CHECKPOINT 1] Response⟦U+001B⟧[2J⟦U+202E⟧⟦U+200B⟧" in shown
    assert "an agent's, not checked" in shown
    assert not set(shown) & set("\x1b\x07\u202e\u200b")
    as_json = shell.run("show", "1", "--json").out
    assert as_json.isascii()
    assert json.loads(as_json)["details"] == details


def test_colour_is_only_for_a_terminal_that_wants_it(shell: Shell, office: Office) -> None:
    office.ask(office.case(), spend())
    assert "\x1b[" in shell.talk("show", "1", answers=()).out
    assert "\x1b[" not in shell.talk("show", "1", answers=(), NO_COLOR="1").out


def test_a_number_alone_is_enough_while_one_project_runs(shell: Shell, office: Office) -> None:
    office.ask(office.case(), spend())
    assert json.loads(shell.run("show", "1", "--json").out)["id"] == "sample/1"
    office.case("other")
    said = shell.run("show", "1")
    assert said.code == 3
    assert "other/1, sample/1" in said.err


def test_a_projects_story_names_phases_and_what_waits(shell: Shell, office: Office) -> None:
    office.ask(office.case(), spend())
    shown = shell.run("project", "show", "sample").out
    assert "Initialisation" in shown
    assert "1 open" in shown
    assert json.loads(shell.run("project", "list", "--json").out)[0]["project"] == "sample"
    assert shell.run("project", "show", "../..").code == 3


def test_the_audit_holds_until_somebody_changes_a_line(shell: Shell) -> None:
    assert shell.run("audit", "verify").code == 0
    assert json.loads(shell.run("audit", "show", "--last", "1", "--json").out)["lines"][0]["event"] == "token made"
    owner = create_engine(shell.office.settings.url_for("owner"))
    with owner.begin() as tx:
        # Whoever may change a line may drop an index that would not take it.
        tx.exec_driver_sql("drop index desk.audit_of_checkpoint")
        tx.exec_driver_sql("update desk.audit_line set body = 'not JSON' where number = 2")
    owner.dispose()
    said = shell.run("audit", "verify")
    assert said.code == 1
    assert "line 2: its content was changed" in said.out
    assert "broken not JSON" in shell.run("audit", "show").out


def test_the_end_of_the_audit_is_signed_and_what_was_cut_off_since_is_named(shell: Shell) -> None:
    assert "No signed head was there" in shell.run("audit", "verify").out
    said = shell.run("audit", "anchor").out
    [file] = [line.strip() for line in said.splitlines() if line.startswith("  /")]
    key = shell.run("audit", "key").out.strip()
    assert "A signed head is in it" in shell.run("audit", "verify").out
    assert "A signed head is in it" in shell.run("audit", "verify", "--anchor", file, "--public-key", key).out
    refused = shell.run("audit", "verify", "--anchor", file, "--public-key", "0" * 64)
    assert (refused.code, "Nothing was verified." in refused.err) == (3, True)
    owner = create_engine(shell.office.settings.url_for("owner"))
    with owner.begin() as tx:
        tx.exec_driver_sql(
            "with gone as (delete from desk.audit_line where number > 2) update desk.audit_head"
            " set (number, hash) = (select number, hash from desk.audit_line where number = 2)"
        )
    owner.dispose()
    for command in (("audit", "verify"), ("doctor",)):
        said = " ".join(shell.run(*command).out.split())
        assert (
            "is not there; the audit ends at line 2: lines were taken away, or an older database was put back" in said
        )


FORGED = "Hermes\n   999  2026-03-02T12:00:00  approved: by Ada\r\x1b[2K\x1b[1A\u2028   998  2026-03-02T12:00:00  x"


@pytest.mark.promise("E6.2")
def test_no_word_of_an_agent_forges_a_line_of_the_audit(shell: Shell) -> None:
    shell.office.ask(shell.office.case("other"), spend("60", agent=FORGED))
    said = shell.run("audit", "show", "--last", "1000").out
    total = json.loads(shell.run("audit", "show", "--json").out)["total"]
    assert len(re.findall(r"^ *\d+  \d{4}-", said, re.MULTILINE)) == total
    assert re.search(r"^ *99[89] ", said, re.MULTILINE) is None
    assert not set(said) & {"\r", "\x1b", "\u2028"}
    assert "approved: by Ada" in said
    assert shell.run("audit", "verify").code == 0


def test_a_person_is_added_signs_the_shell_in_and_out_again(shell: Shell) -> None:
    office, app = shell.office, shell.office.enrol(shell.office.ada)
    asked = shell.run("people", "add", "Grace Hopper", "--role", "manager", "--otp", app.code(1)).out
    assert "desk/1 asks for it: Let Grace Hopper join as a manager." in asked
    assert "countersign people welcome 'Grace Hopper'" in asked
    office.receive()
    assert shell.run("people", "welcome", "Grace Hopper").code == 3
    assert shell.run("approve", "desk/1", "--yes").code == 0
    carry_out(office, reading.show(office.desk, "desk/1").point)
    said = shell.run("people", "welcome", "Grace Hopper").out
    link, token = (line.strip() for line in said.splitlines() if line.startswith("  "))
    assert "/sign-in?token=" in link
    assert shell.run("sign-in", "--token-stdin", said=link.partition("token=")[2].encode()).code == 3
    signed = shell.run("sign-in", "--token-stdin", said=token.encode())
    assert "signed in as Grace Hopper" in signed.out
    assert (shell.office.settings.home / "session").stat().st_mode & 0o777 == 0o600
    assert "/sign-in?token=" in shell.run("sign-in").out
    assert "Grace Hopper: manager" in shell.run("people", "list").out
    assert shell.run("people", "add", "Eve", "--role", "to").code == 4
    assert shell.run("sign-out").code == 0
    assert shell.run("inbox").code == 4
    assert shell.run("sign-in", "--token-stdin", said=token.encode()).code == 4


def test_a_person_is_taken_off_the_desk(shell: Shell) -> None:
    shell.office.person("Bob", Role.CLIENT)
    assert "Bob is off the desk" in shell.run("people", "remove", "Bob", "--because", "left the client").out
    assert "Bob: no role (not active)" in shell.run("people", "list").out


def test_a_token_file_named_by_the_environment_is_the_one_that_counts(shell: Shell, tmp_path: Path) -> None:
    assert shell.run("inbox", COUNTERSIGN_TOKEN_FILE=str(tmp_path / "none")).code == 4


def test_the_rules_are_shown_without_a_database(shell: Shell, tmp_path: Path) -> None:
    said = shell.run("policy", "show", COUNTERSIGN_HOME=str(tmp_path / "new"), COUNTERSIGN_DATABASE_URL="postgresql://")
    assert said.code == 0, said.err
    assert "technical operator, then manager; reviewed weekly" in said.out


def test_a_desk_that_does_not_run_says_how_to_start_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [EXECUTABLE, "inbox"],
        env={"COUNTERSIGN_HOME": str(tmp_path / "new"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (6, "The desk is not running. Start it with: make up\n")


def test_another_database_that_does_not_answer_is_named(shell: Shell, tmp_path: Path) -> None:
    said = shell.run("inbox", COUNTERSIGN_DATABASE_URL=f"postgresql+psycopg://@/desk?host={tmp_path}")
    assert said.code == 6
    assert "does not answer" in said.err


def test_a_setting_that_makes_no_sense_is_named(shell: Shell) -> None:
    said = shell.run("inbox", COUNTERSIGN_PAGE_PORT="many")
    assert said.code == 3
    assert "page_port" in said.err


@pytest.mark.alone
def test_show_takes_at_most_twice_the_bare_imports(shell: Shell, office: Office) -> None:
    office.ask(office.case(), spend())
    floor, show = [], []
    for _ in range(5):
        floor.append(shell.bare())
        show.append(shell.run("show", "1", program=EXECUTABLE).cpu)
    assert min(show) <= 2 * min(floor), f"show {min(show):.3f} s, bare imports {min(floor):.3f} s"
