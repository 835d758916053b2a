"""Where people are reached: set in the shell, by whom it may be, with a line in the audit and no address in it."""

import json

import pytest

from checkpoints.actions import reading
from checkpoints.actions.people import joining, reaching, welcoming
from checkpoints.core.errors import NeedsFactor, NotYourCall, Refused
from checkpoints.core.model import Role
from checkpoints.store.desk import Desk
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, admit
from to_tools import identity


def reached(desk: Desk) -> dict[str, str | None]:
    return {person.name: person.email for person in reading.everyone(desk)}


def events(desk: Desk) -> list[str]:
    return [line.event for line in reversed(reading.audit_page(desk).lines)]


def test_an_address_is_given_with_a_person_or_later_and_taken_away(shell: Shell) -> None:
    desk = shell.office.desk
    admit(desk, shell.office.ada, "Grace Hopper", Role.MANAGER)
    added = shell.run("people", "welcome", "Grace Hopper", "--email", "grace@example.com")
    assert (added.code, reached(desk)["Grace Hopper"]) == (0, "grace@example.com")
    said = shell.run("people", "email", "ada", "ada@example.com")
    assert (said.code, "Ada is told at ada@example.com from now on." in said.out) == (0, True)
    assert "This desk sends no mail yet" in said.out
    assert "Grace Hopper: manager, grace@example.com" in shell.run("people", "list").out
    listed = json.loads(shell.run("people", "list", "--json").out)
    assert {person["name"]: person["email"] for person in listed} == reached(desk)
    assert shell.run("people", "email", "ada", "--none").out == "Ada gets no mail any more.\n"
    assert reached(desk)["Ada"] is None
    assert events(desk)[-2:] == ["e-mail address set", "e-mail address taken away"]
    assert "example.com" not in repr(reading.audit_page(desk).lines)


@pytest.mark.parametrize("words", [("ada",), ("ada", "ada@example.com", "--none"), ("nobody", "x@example.com")])
def test_what_says_neither_or_both_or_names_nobody_changes_nothing(shell: Shell, words: tuple[str, ...]) -> None:
    said = shell.run("people", "email", *words)
    assert (said.code, "Nothing was changed" in said.err) == (3, True)
    assert set(reached(shell.office.desk).values()) == {None}


HOSTILE = [
    "ada", "@", "ada@", "a b@example.com", "ada@exam ple.com", "ada@example.com\nBcc: eve@x.y", "a..b@example.com",
    "<ada@example.com>", "ada@example.com,eve@x.y", "ädä@example.com", "\u202eada@example.com", "ada@example.com\0",
    "a" * 260 + "@b.c", "ada@-" + "a." * 200, "a." * 5000 + "@",
]  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE, ids=lambda address: address[:20])
def test_what_is_no_address_is_refused(office: Office, address: str) -> None:
    with pytest.raises(Refused, match=r"is no e-mail address\. Right would be ada@example\.com"):
        reaching.set_email(office.desk, office.ada, "Ada", address)
    with pytest.raises(Refused, match="is no e-mail address"):
        welcoming.welcome(office.desk, office.ada, "Mira", address)
    assert reached(office.desk) == {"Ada": None, "Mira": None}


def test_one_says_where_one_is_reached_oneself_and_an_operator_for_all(office: Office) -> None:
    reaching.set_email(office.desk, office.mira, "Mira", "mira@example.com")
    reaching.set_email(office.desk, office.ada, "Mira", "mira@example.org")
    with pytest.raises(NotYourCall, match="A technical operator says where another is reached"):
        reaching.set_email(office.desk, office.mira, "Ada", "eve@example.com")
    with pytest.raises(NotYourCall, match="A technical operator"):
        reaching.set_email(office.desk, office.mira, "Nobody", "eve@example.com")
    assert reached(office.desk) == {"Ada": None, "Mira": "mira@example.org"}


def test_with_a_second_factor_a_token_alone_silences_nobody(office: Office) -> None:
    reaching.set_email(office.desk, office.ada, "Ada", "ada@example.com")
    office.enrol(office.ada)
    stolen = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "shell"))
    with pytest.raises(NeedsFactor):
        reaching.set_email(office.desk, stolen, "Ada", "")
    assert reached(office.desk)["Ada"] == "ada@example.com"
