"""Accounts in the shell: a password, tokens that only read, sessions, recovery codes, and a reset by two."""

import re

from checkpoints.actions.people import joining, proving
from checkpoints.actions.people.accounts import choosing
from checkpoints.core.model import Role
from tests.integration.shell.commands import Shell
from tests.stage.desks import Authenticator, Office, spend
from to_tools import identity
from to_tools.cli.who import signed_in

PASSWORD = b"words in a row will do\n"
CODE = r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}"


def test_a_password_comes_from_the_input_and_is_never_an_argument(shell: Shell, office: Office) -> None:
    assert shell.run("password", "set", "words in a row will do").code == 2
    said = shell.run("password", "set", said=b"short\n")
    assert (said.code, "12 to 1,024 characters" in said.err) == (3, True)
    assert shell.run("password", "set", said=PASSWORD).code == 0
    assert choosing.has_one(office.desk, office.ada)
    typed = PASSWORD.decode().strip()
    talked = shell.talk("password", "set", answers=(typed, "another", typed, typed))
    assert (talked.code, "On the page you sign in" in talked.out, typed in talked.out) == (0, True, False)


def test_a_token_that_only_reads_looks_and_does_nothing(shell: Shell, office: Office) -> None:
    point = office.ask(office.case(), spend())
    none_yet = shell.run("sessions", "make", "--read-only")
    assert (none_yet.code, "only after a second factor" in none_yet.err) == (4, True)
    app = office.enrol(office.ada)
    made = shell.run("sessions", "make", "--read-only", "--otp", app.code(1))
    token = made.out.split()[-1]
    signed_in.keep_token(office.settings, token)
    assert shell.run("show", point.label).code == 0
    assert "reads only" in shell.run("sessions").out
    refused = shell.run("approve", point.label, "--yes")
    assert (refused.code, "This token only reads" in refused.err) == (4, True)
    assert office.show(point).answers == ()


def test_sessions_are_listed_and_ended(shell: Shell, office: Office) -> None:
    lines = shell.run("sessions").out.splitlines()
    assert sum("this shell" in line for line in lines) == 1
    other = next(line.split()[0] for line in lines if line[:8].strip() and "this shell" not in line)
    assert shell.run("sessions", "end", other).code == 0
    assert shell.run("sessions", "end").code == 3
    assert shell.run("sessions", "end", "--all").code == 0
    assert len(shell.run("sessions").out.split("until")) == 2


def test_with_a_factor_a_link_and_a_token_need_its_code(shell: Shell, office: Office) -> None:
    app = office.enrol(office.ada)
    for words in (("sign-in",), ("sessions", "make")):
        assert shell.run(*words).code == 4
    assert "/sign-in?token=" in shell.run("sign-in", "--otp", app.code(1)).out


def test_recovery_codes_are_shown_at_enrolling_and_made_anew(shell: Shell, office: Office) -> None:
    said = shell.run("second-factor", "enrol").out
    key = re.search(r"Or type this into the app: +((?:[A-Z2-7]{4} ?){8})", said)
    assert key is not None
    app = Authenticator(office.desk, key[1].replace(" ", "").strip())
    codes = re.findall(CODE, shell.run("second-factor", "confirm", app.code()).out)
    assert len(codes) == 10
    assert len(re.findall(CODE, shell.run("second-factor", "codes", "--otp", codes[3]).out)) == 10


def test_two_others_reset_a_lost_factor(shell: Shell, office: Office) -> None:
    grace, bob = office.person("Grace", Role.TO), office.person("Bob", Role.TO)
    office.enrol(grace)
    words = ("second-factor", "reset", "grace")
    assert shell.run(*words).code == 3
    app, bobs = office.enrol(office.ada), office.enrol(bob)
    asked = shell.run(*words, "--because", "Lost the phone; I saw her.", "--otp", app.code(1))
    assert (asked.code, 'reset "Grace" --confirm' in asked.out) == (0, True)
    assert shell.run(*words, "--confirm").code == 4
    signed_in.keep_token(office.settings, joining.new_token(office.desk, bob, "shell"))
    done = shell.run(*words, "--confirm", "--otp", bobs.code(1))
    link = re.search(r"/sign-in\?token=(\S+)", done.out)
    assert link is not None, done.err
    anew = identity.verify(office.desk, link[1])
    assert (anew.id, proving.standing(office.desk, anew).enrolled) == (grace.id, False)
