"""`countersign credential`: the value comes from a hidden prompt or from the input, never from an argument."""

import json

import pytest

from agents.delivery import apollo
from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import CALENDAR, GIVEN, KEY, project, request, tables
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend

LINES = "".join(f"{name}={value}\n" for name, value in GIVEN.items()).encode()


def test_on_a_terminal_it_is_asked_for_hidden_and_again_until_it_looks_right(shell: Shell, point: Checkpoint) -> None:
    said = shell.talk("credential", "give", point.label, answers=(KEY[:-1], KEY, GIVEN["redirect_uri"]))
    assert said.code == 0, said.out
    assert "1. Create app at: https://getpocket.com/developer/" in said.out
    assert "this doesn't look right" in said.out
    assert f"Given, and {point.label} is approved." in said.out
    assert KEY not in said.out
    assert KEY[:-1] not in said.out
    decision = shell.office.show(point).decision
    assert decision is not None
    assert decision.fields["redirect_uri"] == GIVEN["redirect_uri"]


def test_a_script_gives_it_by_the_input(shell: Shell, point: Checkpoint, office: Office) -> None:
    said = shell.run("credential", "give", point.label, "--note", "Made today.", said=LINES)
    assert said.code == 0, said.err
    assert office.show(point).state is State.APPROVED
    listed = shell.run("credential", "list", point.case)
    assert "pocket, given by Ada" in listed.out
    assert "never opened" in listed.out
    told = " ".join(shell.run("credential", "show", point.label).out.split())
    assert "version 1 given, by Ada" in told
    assert "Read from anywhere, for as long as it is approved." in told
    assert "The vault is a file on this machine and keeps no record of its own" in told
    (entry,) = json.loads(shell.run("credential", "list", point.case, "--json").out)
    assert (entry["checkpoint"], entry["service"], entry["openings"]) == (point.label, "pocket", 0)
    late = shell.run("credential", "give", point.label, said=LINES)
    assert late.code == 5
    assert "was approved by Ada" in late.err
    for text in (said.out, said.err, listed.out, late.err, tables(office)):
        assert KEY not in text


@pytest.mark.parametrize("words", [(KEY,), (f"consumer_key={KEY}",), ("--consumer-key", KEY), (f"--value={KEY}",)])
def test_an_argument_is_refused_and_not_repeated(shell: Shell, point: Checkpoint, words: tuple[str, ...]) -> None:
    said = shell.run("credential", "give", point.label, *words, said=LINES)
    assert said.code == 3
    assert "never an argument" in said.err
    assert "revoke it" in said.err
    assert KEY not in said.err + said.out + tables(shell.office)
    assert shell.office.show(point).state is State.OPEN


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b"", "is not filled"),
        (KEY.encode(), "Line 1 of the input"),
        (LINES + LINES, "Line 3 of the input"),
        (LINES + b"another=" + KEY.encode(), "Line 3 of the input"),
        (b"consumer_key=" + KEY.encode() + b"\xff", "not UTF-8"),
        (b"consumer_key=" + KEY.encode() + b"\x00\n" + LINES.partition(b"\n")[2], "not plain text"),
        (b"consumer_key=" + KEY.encode() * 40_000, "over 64 KiB"),
        (LINES.replace(b"=4711", b"= 4711"), "white space at its ends"),
    ],
)
def test_junk_on_the_input_is_refused_and_not_repeated(
    shell: Shell, point: Checkpoint, given: bytes, told: str
) -> None:
    said = shell.run("credential", "give", point.label, said=given)
    assert said.code == 3, said.out
    assert told in " ".join(said.err.split())
    assert KEY not in said.err + said.out + tables(shell.office)
    assert shell.office.show(point).state is State.OPEN


def test_an_ordinary_approve_says_how_it_is_given(shell: Shell, point: Checkpoint) -> None:
    for words in ((), ("--yes",), ("--yes", "--set", f"consumer_key={KEY}")):
        said = shell.run("approve", point.label, *words)
        assert said.code == 3
        assert f"countersign credential give {point.label}" in " ".join(said.err.split())
        assert KEY not in said.err
    shown = shell.run("show", point.label).out
    assert f"countersign credential give {point.label}" in shown
    assert f"countersign approve {point.label}" not in shown


def test_what_is_no_credential_is_not_given(shell: Shell, office: Office, run: Run, services: str) -> None:
    point = office.ask(run, spend())
    assert "asks for no credential" in shell.run("credential", "give", point.label, said=LINES).err
    consent = office.ask(run, apollo.ask_integration(project(), CALENDAR, services), "consent")
    said = shell.run("credential", "give", consent.label, said=LINES)
    assert said.code == 3
    assert "by giving consent, on its page" in said.err


def test_what_one_started_oneself_is_given_with_a_second_factor(shell: Shell, office: Office, services: str) -> None:
    mine = office.ask(office.case("mine", by=office.ada), request(sandbox_url=services))
    app = office.enrol(office.ada)
    without = shell.run("credential", "give", mine.label, said=LINES)
    assert without.code == 4
    assert "second factor" in without.err
    said = shell.run("credential", "give", mine.label, "--otp", app.code(1), said=LINES)
    assert said.code == 0, said.err
    assert office.show(mine).state is State.APPROVED
