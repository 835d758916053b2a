"""Answers by the real `countersign`: what is recorded, what is refused, and with which exit code."""

import json
from decimal import Decimal

import pytest

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Fact, Field, FieldSort, Risk, Role
from checkpoints.core.view import Checkpoint
from checkpoints.store import people
from tests.integration.shell.commands import SCRIPT, Shell
from tests.stage.desks import Office, spend

REGION = Field("region", "Region", FieldSort.CHOICE, "us-east-1", (("us-east-1", "Virginia"), ("eu-west-1", "Ireland")))
TASKS = Field("tasks", "How many tasks", FieldSort.NUMBER, "1", lowest=Decimal(1), highest=Decimal(4))


@pytest.fixture
def point(office: Office) -> Checkpoint:
    """sample/1, without fields."""
    return office.ask(office.case(), spend())


@pytest.fixture
def with_fields(office: Office) -> Checkpoint:
    """sample/1, with two fields, each with a default."""
    return office.ask(office.case(), spend(fields=(REGION, TASKS)))


def test_a_yes_is_recorded_and_told_in_the_response_format(shell: Shell, point: Checkpoint) -> None:
    said = shell.run("approve", point.label, "--yes", "--note", "Fine.")
    assert said.code == 0, said.err
    assert said.out.splitlines()[:3] == ["[CHECKPOINT 1] Response", "Decision: approved by Ada", "Details: Fine."]
    assert shell.office.show(point).state is State.APPROVED


def test_without_a_terminal_nothing_but_a_typed_yes_approves(shell: Shell, point: Checkpoint) -> None:
    said = shell.run("approve", point.label, said=b"y\n")
    assert said.code == 3
    assert f"--yes --digest {point.digest[:12]}" in said.err
    assert shell.office.show(point).state is State.OPEN


@pytest.mark.parametrize("typed", ["", "n", "no"])
def test_on_a_terminal_the_default_never_approves(shell: Shell, point: Checkpoint, typed: str) -> None:
    said = shell.talk("approve", point.label, answers=(typed,))
    assert said.code == 1
    assert "Approve sample/1? [y/N]:" in said.out
    assert "Not approved. Nothing was recorded." in said.out
    assert shell.office.show(point).state is State.OPEN


def test_on_a_terminal_the_card_is_shown_and_the_fields_are_asked(shell: Shell, with_fields: Checkpoint) -> None:
    said = shell.talk("approve", "1", answers=("nowhere", "eu-west-1", "", "y"))
    assert said.code == 0, said.out
    assert "[CHECKPOINT 1] Action Required: Buy error tracking" in said.out
    assert "“nowhere” is not a choice" in said.out
    decision = shell.office.show(with_fields).decision
    assert decision is not None
    assert decision.fields == {"region": "eu-west-1", "tasks": "1"}


def test_a_missing_field_is_named_with_its_choices_and_what_to_type(shell: Shell, with_fields: Checkpoint) -> None:
    said = shell.run("approve", with_fields.label, "--yes", "--set", "region=eu-west-1")
    assert said.code == 3
    assert "How many tasks" in said.err
    typed = said.err.splitlines()[-1].removeprefix("Type: countersign ").split()
    assert shell.run(*typed).code == 0


@pytest.mark.parametrize(
    "pair", ["regio=x", "=x", "__class__=x", "region[0]=x", "--yes=1", "region=; rm -rf /", "tasks=NaN", "tasks=1e309"]
)
def test_a_field_that_is_not_asked_or_not_right_is_refused(shell: Shell, with_fields: Checkpoint, pair: str) -> None:
    said = shell.run("approve", with_fields.label, "--yes", f"--set={pair}", "--set=region=us-east-1", "--set=tasks=2")
    assert said.code in {2, 3}, said.out
    assert shell.office.show(with_fields).state is State.OPEN


@pytest.mark.promise("B2.3")
def test_a_second_answer_is_told_who_decided_and_the_try_is_in_the_audit(shell: Shell, point: Checkpoint) -> None:
    shell.run("approve", point.label, "--yes")
    said = shell.run("reject", point.label, "--because", "Too dear.")
    assert said.code == 5
    assert "approved by Ada" in said.err
    history = json.loads(shell.run("history", point.label, "--json").out)
    assert [line["event"] for line in history["audit"]][-2:] == ["approved", "try refused"]
    assert json.loads(history["audit"][-1]["body"])["tried"] == "reject"


def test_another_digest_than_the_one_looked_at_is_too_late(shell: Shell, point: Checkpoint) -> None:
    said = shell.run("approve", point.label, "--yes", "--digest", "0" * 12)
    assert said.code == 5
    assert "Look at it again" in said.err
    assert shell.run("approve", point.label, "--yes", "--digest", point.digest[:4]).code == 5
    spaced = f"{point.digest[:4]} {point.digest[4:8]} {point.digest[8:12]}"
    assert shell.run("approve", point.label, "--yes", "--digest", spaced).code == 0


def test_what_a_manager_may_not_decide_is_not_their_call(shell: Shell, point: Checkpoint) -> None:
    shell.sign_in(shell.office.person("Grace", Role.MANAGER))
    said = shell.run("approve", point.label, "--yes")
    assert said.code == 4
    assert "waits for the technical operator" in said.err


def test_what_is_dangerous_is_shown_first_and_that_a_yes_needs_a_second_factor(shell: Shell) -> None:
    request = spend(risks=(Risk.DELETES,), facts=(Fact("What for", "x"), Fact("Destroys", "db", True)))
    point = shell.office.ask(shell.office.case(), request)
    shown = shell.run("show", point.label).out
    assert shown.index("DANGEROUS:\n  ! Destroys: db") < shown.index("Details,")
    assert "A yes needs your second factor: deletes." in shown
    assert f"countersign approve {point.label} --otp" in shown


def test_a_no_needs_a_reason_and_can_be_reopened(shell: Shell, point: Checkpoint) -> None:
    assert shell.run("reject", point.label).code == 2
    assert shell.run("reject", point.label, "--because", " ").code == 3
    assert shell.run("reject", point.label, "--because", "Too dear.").code == 0
    said = shell.run("reopen", point.label, "--because", "Cheaper now.")
    assert said.code == 0
    assert "asked again as sample/2" in said.out
    assert shell.run("reopen", point.label, "--because", "Twice.").code == 5


def test_changes_are_asked_for_and_a_question_is_withdrawn(shell: Shell, point: Checkpoint) -> None:
    assert "changing the request" in shell.run("change", point.label, "--what", "cheaper").out
    assert shell.office.show(point).state is State.CHANGING
    assert shell.run("withdraw", point.label, "--because", "Not needed.").code == 0
    assert shell.office.show(point).state is State.WITHDRAWN


def test_the_script_answers_with_the_same_exit_codes(shell: Shell, with_fields: Checkpoint) -> None:
    label = with_fields.label
    assert shell.run("--help", program=SCRIPT).code == 0
    assert shell.run(label, "--frobnicate", program=SCRIPT).code == 2
    assert shell.run(label, "--set", program=SCRIPT).code == 2
    assert shell.run(label, "--reject", "x", "--change", "y", program=SCRIPT).code == 2
    assert shell.run(label, program=SCRIPT).code == 3
    sets = ("--set", "region=eu-west-1", "--set", "tasks=3", "--note", "$(touch canary) `touch canary`; touch canary")
    said = shell.run(label, *sets, program=SCRIPT)
    assert said.code == 0, said.err
    assert list(shell.folder.iterdir()) == []
    assert shell.run(label, "--reject", "-no", program=SCRIPT).code == 5
    decision = shell.office.show(with_fields).decision
    assert decision is not None
    assert decision.note == sets[-1]


def test_the_script_says_no_and_asks_for_changes(shell: Shell, point: Checkpoint) -> None:
    assert shell.run("--change", "--cheaper", point.label, program=SCRIPT).code == 0
    assert shell.office.show(point).state is State.CHANGING
    assert shell.run("--reject", "No.", point.label, program=SCRIPT).code == 5


def test_a_token_that_ended_answers_nothing(shell: Shell, point: Checkpoint) -> None:
    with shell.office.desk.transaction() as tx:
        for proof in tx.exec_driver_sql("select id from desk.token").scalars().all():
            people.end_token(tx, proof)
    said = shell.run("approve", point.label, "--yes")
    assert said.code == 4
    assert "no longer good" in said.err
    assert shell.office.show(point).state is State.OPEN
