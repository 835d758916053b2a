"""The asker's person can't answer, under any identity: another spelling, account or token is still they."""

import pytest
from sqlalchemy import create_engine

from checkpoints.actions import deciding, reading
from checkpoints.actions.own import granting
from checkpoints.actions.people import joining, proving, reaching
from checkpoints.actions.people.accounts import admitting, choosing
from checkpoints.core.errors import NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store import schema
from tests.stage.desks import Office, spend
from to_tools import identity

PASSWORD = "words in a row will do"
SPELLINGS = ("grace hopper", "GRACE  HOPPER", "Grасe Hopper", "Ｇrace Hopper", "Gracé Hopper", "Grace-H0pper")


@pytest.fixture
def grace(office: Office) -> Person:
    """A technical operator, not the only one, who starts a case herself."""
    return office.person("Grace Hopper", Role.TO)


@pytest.fixture
def own(office: Office, grace: Person) -> Checkpoint:
    """A question of the case that Grace started; another technical operator answers it."""
    return office.ask(office.case("own", by=grace), spend())


def refused(office: Office, who: Person, point: Checkpoint) -> None:
    """Neither a yes nor a no of theirs counts."""
    for verdict in (Verdict.APPROVE, Verdict.REJECT):
        with pytest.raises(NotYourCall):
            deciding.answer(office.desk, who, deciding.Press(point.id, 1, point.digest, verdict, {}, "as she likes"))
    assert (office.show(point).state, office.show(point).answers) == (State.OPEN, ())


@pytest.mark.promise("C1.2")
def test_another_spelling_of_the_askers_name_is_no_second_person(office: Office, grace: Person) -> None:
    for name in SPELLINGS:
        with pytest.raises(Refused, match=r"(already|looks like Grace Hopper).*Nobody was added"):
            granting.ask_to_join(office.desk, office.ada, name, Role.TO)


@pytest.mark.promise("C1.2")
def test_whoever_signs_in_by_another_spelling_is_the_same_person(
    office: Office, grace: Person, own: Checkpoint
) -> None:
    choosing.choose(office.desk, grace, PASSWORD)
    enrolling = identity.verify(office.desk, admitting.sign_in(office.desk, "GRACE  hopper", PASSWORD))
    assert enrolling.id == grace.id
    office.enrol(enrolling)
    refused(office, enrolling, own)


@pytest.mark.promise("C1.3")
def test_the_askers_other_accounts_are_the_asker(office: Office, grace: Person, own: Checkpoint) -> None:
    choosing.choose(office.desk, grace, PASSWORD)
    app = office.enrol(grace)
    link = joining.new_token(office.desk, grace, "sign-in link")
    by_link = joining.exchange(office.desk, identity.verify(office.desk, link))
    by_password = admitting.sign_in(office.desk, "Grace Hopper", PASSWORD, app.code(1))
    for token in (by_link, by_password):
        refused(office, identity.verify(office.desk, token), own)
    yes = deciding.Press(own.id, 1, own.digest, Verdict.APPROVE)
    assert deciding.answer(office.desk, office.ada, yes).state is State.APPROVED


@pytest.mark.promise("C1.3")
def test_an_address_is_linked_to_one_person(office: Office, grace: Person) -> None:
    reaching.set_email(office.desk, grace, "Grace Hopper", "grace@example.com")
    address = "Grace@Example.COM"
    with pytest.raises(Refused, match="another person's address already"):
        reaching.set_email(office.desk, office.ada, "Ada", address)
    reaching.set_email(office.desk, grace, "Grace Hopper", address)
    joining.remove_person(office.desk, office.ada, "Grace Hopper", "left the agency")
    reaching.set_email(office.desk, office.ada, "Ada", address)


def test_of_two_who_had_one_address_before_this_release_whoever_had_it_first_keeps_it(office: Office) -> None:
    [sql] = [file.read_text() for file in schema.MIGRATIONS.glob("*/sql/*/accounts.sql")]
    block = sql[sql.index("do $$") : sql.index("end $$;") + len("end $$;")]
    engine = create_engine(office.settings.url_for("owner"))
    with engine.begin() as owner:
        owner.exec_driver_sql("drop index desk.person_email")
        owner.exec_driver_sql("update desk.person set email = case name when 'Ada' then 'A@b.c' else 'a@b.c' end")
        owner.exec_driver_sql(block)
    engine.dispose()
    assert {person.name: person.email for person in reading.everyone(office.desk)} == {"Ada": "A@b.c", "Mira": None}
    line = reading.audit_page(office.desk, 1).lines[0]
    assert (line.event, "Mira" in line.body, "a@b.c" in line.body) == ("e-mail address taken away", True, False)


@pytest.mark.promise("C1.4")
def test_another_token_of_the_askers_is_the_asker_and_one_that_only_reads_answers_nothing(
    office: Office, grace: Person, own: Checkpoint
) -> None:
    office.enrol(grace)
    refused(office, identity.verify(office.desk, joining.new_token(office.desk, grace, "shell")), own)
    anothers = office.ask(office.case("another"), spend())
    reader = identity.verify(office.desk, joining.new_token(office.desk, grace, "shell", "read"))
    for point in (own, anothers):
        refused(office, reader, point)
    assert not proving.standing(office.desk, reader).active
    yes = deciding.Press(anothers.id, 1, anothers.digest, Verdict.APPROVE)
    assert deciding.answer(office.desk, grace, yes).state is State.APPROVED
