"""People and their tokens: shown once, kept as hashes, used as they were meant."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, reading
from checkpoints.actions.own import granting
from checkpoints.actions.people import joining
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.model import Limits, Role, Verdict
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office, admit, spend
from to_tools import identity


def test_no_token_is_stored_anywhere(office: Office) -> None:
    joined = admit(office.desk, office.ada, "Bob", Role.TO)
    with office.desk.transaction() as tx:
        tables = tx.scalars(text("select table_name from information_schema.tables where table_schema = 'desk'")).all()
        everything = "".join(
            str(row) for table in tables for row in tx.execute(text(f"select t::text from desk.{table} t"))
        )
    assert "Bob" in everything
    assert joined.shell not in everything
    assert joined.sign_in not in everything


def test_a_sign_in_link_is_used_once_though_two_come_at_once(office: Office) -> None:
    joined = admit(office.desk, office.ada, "Bob", Role.TO)
    person = identity.verify(office.desk, joined.sign_in)
    told = at_once([partial(joining.exchange, office.desk, person)] * 4)
    tokens = [one for one in told if isinstance(one, str)]
    assert len(tokens) == 1
    assert all(isinstance(one, IllegalMove) for one in told if one not in tokens)
    assert identity.verify(office.desk, tokens[0]).way == "page"
    with pytest.raises(NotYourCall):
        identity.verify(office.desk, joined.sign_in)


def test_a_token_that_is_no_sign_in_link_is_not_exchanged_for_one_of_the_page(office: Office) -> None:
    with pytest.raises(NotYourCall, match="Only a sign-in link signs in"):
        joining.exchange(office.desk, office.ada)
    assert joining.new_token(office.desk, office.ada, "page")


@pytest.mark.parametrize("token", ["", "x", "' or true --", "\0", "\udcff", "ä" * 10_000])
def test_what_is_no_token_makes_nobody(office: Office, token: str) -> None:
    with pytest.raises(NotYourCall, match="You are not signed in"):
        identity.verify(office.desk, token)


def test_a_link_is_over_after_half_an_hour(office: Office) -> None:
    joined = admit(office.desk, office.ada, "Bob", Role.TO)
    later(office, "30 minutes")
    with pytest.raises(NotYourCall):
        identity.verify(office.desk, joined.sign_in)
    assert identity.verify(office.desk, joined.shell).name == "Bob"


def test_the_first_operator_comes_once(office: Office) -> None:
    assert joining.first_operator(office.desk, "Eve") is None


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CLIENT])
def test_only_an_operator_adds_people(office: Office, role: Role) -> None:
    with pytest.raises(NotYourCall, match=r"A technical operator adds people\. Nobody was added"):
        granting.ask_to_join(office.desk, office.person("Mia", role), "Eve", Role.TO)


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\0b", "A\x1b[2J", "\u202eAda", "\udcff"])
def test_a_name_that_could_fool_somebody_is_refused(office: Office, name: str) -> None:
    with pytest.raises(Refused, match="Nobody was added"):
        granting.ask_to_join(office.desk, office.ada, name, Role.TO)


def test_a_person_who_is_removed_decides_nothing_more(office: Office) -> None:
    bob = office.person("Bob", Role.TO)
    point = office.ask(office.case(), spend("60"))
    with pytest.raises(Refused, match="Say why"):
        joining.remove_person(office.desk, office.ada, "Bob", " ")
    with pytest.raises(NotYourCall, match="Another technical operator removes you"):
        joining.remove_person(office.desk, office.ada, "Ada", "tired")
    assert joining.remove_person(office.desk, office.ada, "bob", "left the agency") == "Bob"
    with pytest.raises(NotYourCall, match="not signed in any more"):
        deciding.answer(office.desk, bob, deciding.Press(point.id, 1, point.digest, Verdict.APPROVE))
    with pytest.raises(Refused, match="There is no Bob"):
        joining.remove_person(office.desk, office.ada, "Bob", "again")


@pytest.mark.parametrize("name", ["Ada", "ADA", "  ada "])
def test_a_name_is_taken_however_it_is_spelt(office: Office, name: str) -> None:
    with pytest.raises(Refused, match=r"already\. Nobody was added"):
        granting.ask_to_join(office.desk, office.ada, name, Role.TO)


def test_whoever_starts_a_desk_of_one_operator_gets_in_again_though_others_operate_for_a_while(office: Office) -> None:
    until = reading.now(office.desk) + timedelta(days=1)
    with office.desk.transaction() as tx:
        joining.let_in(tx, "Bob", Role.TO, "Ada", Limits(until=until))
    again = joining.only_operator_again(office.desk)
    assert again is not None
    assert identity.verify(office.desk, again.shell).id == office.ada.id
    admit(office.desk, office.ada, "Grace", Role.TO)
    assert joining.only_operator_again(office.desk) is None
