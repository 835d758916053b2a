"""A lost second factor is reset by two technical operators, neither of them its owner, each with their own."""

from dataclasses import dataclass

import pytest
from sqlalchemy import text

from checkpoints.actions import reading
from checkpoints.actions.people import joining, proving
from checkpoints.actions.people.accounts import admitting, choosing, recovering, resetting
from checkpoints.core.errors import IllegalMove, NeedsFactor, NotYourCall, Refused
from checkpoints.core.model import Person, Role
from tests.integration.desk.moments import later
from tests.stage.desks import Authenticator, Office
from to_tools import identity

PASSWORD = "words in a row will do"


@dataclass(frozen=True)
class Three:
    """Ada, Bob and Eve, technical operators, each with a second factor; Ada has lost hers."""

    office: Office
    ada: Person
    bob: Person
    eve: Person
    app: Authenticator

    def ask(self, by: Person, name: str = "ada") -> resetting.Asked:
        return resetting.ask(self.office.desk, by, name, "Lost the phone; I saw her in person.")

    def confirm(self, by: Person, name: str = "Ada") -> resetting.Done:
        return resetting.confirm(self.office.desk, by, name)


@pytest.fixture
def three(office: Office) -> Three:
    bob, eve = office.person("Bob", Role.TO), office.person("Eve", Role.TO)
    app = office.enrol(office.ada)
    for other in (bob, eve):
        office.enrol(other)
    return Three(office, office.ada, bob, eve, app)


def test_two_others_take_it_away_and_one_link_enrols_anew(three: Three) -> None:
    desk = three.office.desk
    choosing.choose(desk, three.ada, PASSWORD)
    assert three.ask(three.bob).name == "Ada"
    assert proving.standing(desk, three.ada).proved, "nothing is taken away before it is confirmed"
    done = three.confirm(three.eve)
    with pytest.raises(NotYourCall, match="not signed in any more"):
        proving.prove(desk, three.ada, three.app.code(1))
    with pytest.raises(NotYourCall, match="Nobody was signed in"):
        admitting.sign_in(desk, "Ada", PASSWORD, three.app.code(1))
    anew = identity.verify(desk, joining.exchange(desk, identity.verify(desk, done.sign_in)))
    assert (anew.id, proving.standing(desk, anew).enrolled) == (three.ada.id, False)
    assert recovering.left(desk, anew) == 0
    three.office.enrol(anew)
    assert proving.standing(desk, anew).proved
    lines = [line for line in reading.audit_page(desk).lines if line.event.startswith("second factor reset")]
    assert [line.event for line in lines] == ["second factor reset", "second factor reset asked"]
    assert all(word in lines[0].body for word in ('"Eve"', '"Bob"', '"Ada"', "I saw her in person"))
    with pytest.raises(IllegalMove, match="Nobody has asked within a day"):
        three.confirm(three.eve)


def test_neither_whose_it_is_nor_who_asked_confirms_it(three: Three) -> None:
    with pytest.raises(NotYourCall, match="Two other technical operators reset your second factor"):
        three.ask(three.ada)
    three.ask(three.bob)
    with pytest.raises(NotYourCall, match="You asked for it, so another technical operator confirms"):
        three.confirm(three.bob)
    with pytest.raises(NotYourCall, match="Two other technical operators"):
        three.confirm(three.ada)
    with pytest.raises(IllegalMove, match="Bob has asked for it already"):
        three.ask(three.eve)
    assert proving.standing(three.office.desk, three.ada).enrolled


def test_only_a_technical_operator_with_a_proven_factor_asks_or_confirms(three: Three) -> None:
    desk = three.office.desk
    mira, carl = three.office.mira, three.office.person("Carl", Role.TO)
    three.office.enrol(mira)
    for call in (three.ask, three.confirm):
        with pytest.raises(NotYourCall, match="that is for a technical operator"):
            call(mira)
        with pytest.raises(NeedsFactor, match="you have none yet"):
            call(carl)
    three.ask(three.bob)
    later(three.office, "11 minutes")
    with pytest.raises(NeedsFactor):
        three.confirm(three.eve)
    assert proving.standing(desk, three.ada).enrolled


def test_it_is_over_after_a_day_and_when_who_asked_is_gone(three: Three) -> None:
    three.ask(three.bob)
    joining.remove_person(three.office.desk, three.eve, "Bob", "left the agency")
    with pytest.raises(IllegalMove, match="Nobody has asked"):
        three.confirm(three.eve)
    carl, dora = three.office.person("Carl", Role.TO), three.office.person("Dora", Role.TO)
    apps = {person: three.office.enrol(person) for person in (carl, dora)}
    assert three.ask(carl).name == "Ada"
    later(three.office, "24 hours 1 second")
    for person, app in apps.items():
        proving.prove(three.office.desk, person, app.code())
    with pytest.raises(IllegalMove, match="Nobody has asked"):
        three.confirm(dora)
    three.ask(dora)
    assert three.confirm(carl).name == "Ada"


def test_what_makes_no_sense_is_refused_and_changes_nothing(three: Three) -> None:
    desk = three.office.desk
    with pytest.raises(Refused, match="Say why"):
        resetting.ask(desk, three.bob, "Ada", " ")
    with pytest.raises(Refused, match="There is no Nobody"):
        three.ask(three.bob, "Nobody")
    with pytest.raises(Refused, match="Mira has no second factor"):
        three.ask(three.bob, "Mira")
    joining.remove_person(desk, three.bob, "Eve", "left the agency")
    with pytest.raises(Refused, match="It takes two technical operators besides"):
        three.ask(three.bob)


def test_the_database_takes_no_other_reset(three: Three) -> None:
    ada, bob, eve = (person.id for person in (three.ada, three.bob, three.eve))
    row = text("""
        insert into desk.factor_reset (person_id, asked_by, because, asked_at, expires_at, confirmed_by, confirmed_at)
        values (:ada, :by, 'lost', now(), now(), :other, now())""")
    for asks, confirms in ((ada, eve), (bob, bob), (bob, ada)):
        with pytest.raises(Refused, match="The database refused it"), three.office.desk.transaction() as tx:
            tx.execute(row, {"ada": ada, "by": asks, "other": confirms})
