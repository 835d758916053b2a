"""The second factor in the shell: enrolled there, asked for by a yes that needs it; nothing moves before it."""

import re

import pytest

from checkpoints.actions import reading
from checkpoints.actions.people import joining, proving
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Risk
from checkpoints.core.view import Checkpoint
from tests.integration.shell.commands import SCRIPT, Shell
from tests.stage.desks import Authenticator, Office, spend
from to_tools import identity
from to_tools.cli.who import signed_in


@pytest.fixture
def risky(office: Office) -> Checkpoint:
    """What deletes, and so needs a second factor."""
    return office.ask(office.case(), spend(risks=(Risk.DELETES,)))


@pytest.fixture
def app(office: Office) -> Authenticator:
    """Ada's, enrolled elsewhere: the shell has proven nothing."""
    elsewhere = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "page"))
    return office.enrol(elsewhere)


def shown_seed(said: str) -> str:
    found = re.search(r"Or type this into the app: +((?:[A-Z2-7]{4} ?){8})", said)
    assert found is not None, said
    return found[1].replace(" ", "").strip()


@pytest.mark.promise("C8.2")
def test_a_yes_at_high_risk_changes_nothing_until_the_factor_is_given(
    shell: Shell, risky: Checkpoint, app: Authenticator
) -> None:
    said = shell.run("approve", risky.label, "--yes")
    assert said.code == 4
    assert "--otp 123456" in said.err
    assert (shell.office.show(risky).state, shell.office.show(risky).answers) == (State.OPEN, ())
    wrong = shell.run("approve", risky.label, "--yes", "--otp", app.code(-5))
    assert (wrong.code, "not the code of now" in wrong.err) == (3, True)
    assert shell.office.show(risky).state is State.OPEN
    assert shell.run("approve", risky.label, "--yes", "--otp", app.code(1)).code == 0
    assert shell.office.show(risky).state is State.APPROVED


@pytest.mark.promise("C8.2")
def test_on_a_terminal_the_code_is_asked_for_until_it_is_right(
    shell: Shell, risky: Checkpoint, app: Authenticator
) -> None:
    said = shell.talk("approve", risky.label, answers=("y", "12", app.code(1)))
    assert said.code == 0, said.out
    assert "This needs your second factor." in said.out
    assert "right would be the six digits" in said.out
    assert shell.office.show(risky).state is State.APPROVED


def test_whoever_has_none_is_told_what_to_type_and_that_works(shell: Shell, risky: Checkpoint) -> None:
    said = shell.run("approve", risky.label, "--yes", "--otp", "123456")
    assert (said.code, "countersign second-factor enrol" in said.err) == (4, True)
    enrolled = shell.run("second-factor", "enrol")
    assert enrolled.code == 0, enrolled.err
    assert "otpauth://totp/" in enrolled.out
    assert "█" in enrolled.out
    app = Authenticator(shell.office.desk, shown_seed(enrolled.out))
    assert shell.run("approve", risky.label, "--yes").code == 4
    assert shell.run("second-factor", "confirm", app.code()).code == 0
    assert shell.run("approve", risky.label, "--yes").code == 0
    assert app.seed not in str(reading.audit_page(shell.office.desk))


def test_on_a_terminal_enrolling_asks_for_the_code_and_another_one_for_the_ones_before(
    shell: Shell, app: Authenticator
) -> None:
    said = shell.run("second-factor", "enrol")
    assert (said.code, "give a code of it" in said.err) == (4, True)
    other = shell.run("second-factor", "enrol", "--otp", app.code(1))
    seed = shown_seed(other.out)
    assert shell.run("second-factor", "confirm", Authenticator(shell.office.desk, seed).code()).code == 0
    assert proving.standing(shell.office.desk, shell.office.ada).enrolled
    end_of_input = "\x04"
    app = Authenticator(shell.office.desk, seed)
    talked = shell.talk("second-factor", "enrol", answers=("12", app.code(1), end_of_input))
    assert (talked.code, "The code that it shows now" in talked.out) == (1, True)


def test_it_is_removed_by_a_code_of_it(shell: Shell, app: Authenticator) -> None:
    assert shell.run("second-factor", "remove").code == 3
    assert shell.run("second-factor", "remove", "--otp", app.code(-5)).code == 3
    assert shell.run("second-factor", "remove", "--otp", app.code(1)).code == 0
    assert not proving.standing(shell.office.desk, shell.office.ada).enrolled


def test_the_script_passes_the_code_along(shell: Shell, risky: Checkpoint, app: Authenticator) -> None:
    assert shell.run(risky.label, program=SCRIPT).code == 4
    assert shell.run(risky.label, "--reject", "no", "--otp", app.code(1), program=SCRIPT).code == 2
    said = shell.run(risky.label, "--otp", app.code(1), program=SCRIPT)
    assert said.code == 0, said.err
    assert shell.office.show(risky).state is State.APPROVED


def test_what_one_started_in_this_shell_one_approves_with_a_code(shell: Shell, app: Authenticator) -> None:
    ada = identity.verify(shell.office.desk, signed_in.kept_token(shell.office.settings))
    own = shell.office.ask(shell.office.case("own", by=ada), spend())
    said = shell.run("approve", own.label, "--yes")
    assert (said.code, "you started it yourself" in said.err) == (4, True)
    assert shell.run("approve", own.label, "--yes", "--otp", app.code(1)).code == 0
    assert shell.office.show(own).answers[0].same_person
