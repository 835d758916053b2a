"""Roles with limits: asked for at the desk, judged in the deciding transaction, and an answer falls with its role."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from checkpoints.actions import reading
from checkpoints.actions.own import granting, reviewing
from checkpoints.actions.people import joining, proving, welcoming
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Limits, Person, Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.integration.desk.deciding.own import approve, carry_out
from tests.integration.desk.moments import at_once, later
from tests.integration.page.serving import answer_form, running_page
from tests.stage.desks import Office, admit, spend
from to_tools import identity


@pytest.fixture
def bob(office: Office) -> Person:
    """Another technical operator, with a factor that was just proven."""
    bob = office.person("Bob", Role.TO)
    office.enrol(bob)
    return bob


def given(office: Office, bob: Person, name: str, limits: Limits, instead: bool = False) -> Checkpoint:
    """Ada asks for it, Bob says yes, the porter carries it out."""
    asked = granting.ask_for_role(office.desk, office.ada, name, Role.TO, limits, instead=instead)
    office.receive()
    approve(office, bob, office.show(asked))
    return carry_out(office, asked)


def roles(office: Office, name: str) -> list[Limits]:
    (found,) = [person for person in reading.everyone(office.desk) if person.name == name]
    return [grant.limits for grant in found.grants if grant.role is Role.TO]


@pytest.mark.promise("B9.4")
def test_a_role_for_one_case_decides_there_and_nowhere_else(office: Office, bob: Person) -> None:
    here, there = office.case("here", by=office.ada), office.case("there", by=office.ada)
    assert given(office, bob, "Mira", Limits(case="here")).permit is Permit.DONE
    assert roles(office, "Mira") == [Limits(case="here")]
    one, other = office.ask(here, spend("60")), office.ask(there, spend("60"))
    with pytest.raises(NotYourCall, match="Your role as technical operator counts for here only"):
        approve(office, office.mira, other)
    proposed = granting.ask_to_join(office.desk, bob, "Eve", Role.TO)
    office.receive()
    with pytest.raises(NotYourCall, match="desk/2 waits for the technical operator; your roles: manager"):
        approve(office, office.mira, office.show(proposed))
    with pytest.raises(NotYourCall, match="A technical operator adds people"):
        joining.remove_person(office.desk, office.mira, "Bob", "mine")
    assert approve(office, office.mira, one).state is State.APPROVED


@pytest.mark.promise("B9.4")
def test_a_yes_falls_when_the_time_of_its_role_is_over_before_the_last_one(office: Office, bob: Person) -> None:
    spending = replace(office.desk.kinds["spend"], floor=(Role.TO, Role.TO), by_rule=False)
    two = replace(office, desk=replace(office.desk, kinds={**office.desk.kinds, "spend": spending}))
    given(two, bob, "Mira", Limits(until=reading.now(office.desk) + timedelta(hours=1)))
    point = two.ask(two.case(by=office.ada), spend("60"))
    approve(two, two.mira, point)
    assert len(two.show(point).counting) == 1
    later(office, "1 hour")
    assert two.show(point).waits_for == ("2 technical operators",)
    with pytest.raises(NotYourCall, match="Your role as technical operator ended at"):
        approve(two, two.mira, two.show(point))
    assert approve(two, bob, two.show(point)).state is State.OPEN


@pytest.mark.promise("B9.4")
def test_a_role_for_networks_decides_on_the_page_and_no_forwarded_header_counts(office: Office, bob: Person) -> None:
    given(office, bob, "Mira", Limits(networks=("10.0.0.0/8",)))
    point = office.ask(office.case(by=office.ada), spend("60"))
    with pytest.raises(NotYourCall, match="this way carries no address, so answer on the page"):
        approve(office, office.mira, point)
    forwarded = {"x-forwarded-for": "192.0.2.1, 10.0.0.7", "forwarded": "for=10.0.0.7", "x-real-ip": "10.0.0.7"}
    with running_page(office.desk) as page, page.browser(office.mira) as mira:
        form = answer_form(mira, point, Verdict.APPROVE)
        said = mira.post(f"/checkpoints/{point.label}/answer", data=form, headers=forwarded)
        assert (said.status_code, "only; you come from 127.0.0.1" in said.text) == (403, True)
    behind = replace(office.desk, trusted_proxy="127.0.0.1/32")
    with running_page(behind) as page, page.browser(office.mira) as mira:
        form = answer_form(mira, point, Verdict.APPROVE)
        for header in ({}, {"x-forwarded-for": "10.0.0.7, 192.0.2.1"}, {"x-forwarded-for": "10.0.0.7, unknown"}):
            said = mira.post(f"/checkpoints/{point.label}/answer", data=form, headers=header)
            assert said.status_code == 403, header
        assert mira.post(f"/checkpoints/{point.label}/answer", data=form, headers=forwarded).status_code == 303
    assert office.show(point).state is State.APPROVED


def test_a_narrower_role_instead_takes_what_was_approved_along_and_leaves_somebody_who_may_decide_all(
    office: Office, bob: Person
) -> None:
    spending = replace(office.desk.kinds["spend"], floor=(Role.TO, Role.TO), by_rule=False)
    two = replace(office, desk=replace(office.desk, kinds={**office.desk.kinds, "spend": spending}))
    point = two.ask(two.case(), spend("60"))
    approve(two, office.ada, point)
    assert given(office, bob, "Ada", Limits(kind="domain"), instead=True).permit is Permit.DONE
    assert (roles(office, "Ada"), two.show(point).counting) == ([Limits(kind="domain")], ())
    office.enrol(office.ada)
    asked = granting.ask_for_role(office.desk, bob, "Bob", Role.TO, Limits(case="sample"), instead=True)
    office.receive()
    with office.desk.transaction() as tx:
        tx.execute(text("update desk.role set kind = 'role' where person_id = :id"), {"id": office.ada.id})
    approve(office, office.ada, office.show(asked))
    assert "Nobody would be left who may decide everything" in carry_out(office, asked).because
    assert roles(office, "Bob") == [Limits()]


def test_a_role_that_somebody_holds_by_now_and_an_end_that_has_passed_make_it_void(office: Office, bob: Person) -> None:
    soon = reading.now(office.desk) + timedelta(minutes=5)
    asked = [
        granting.ask_for_role(office.desk, office.ada, "Mira", Role.TO, limits)
        for limits in (Limits(), Limits(case="desk"), Limits(until=soon))
    ]
    office.receive()
    for point in asked:
        approve(office, bob, office.show(point))
    assert carry_out(office, asked[0]).permit is Permit.DONE
    assert "Mira is a technical operator to that extent already" in carry_out(office, asked[1]).because
    later(office, "5 minutes")
    assert "is over, or more than a year ahead" in carry_out(office, asked[2]).because
    assert roles(office, "Mira") == [Limits()]


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(case="nothing"), "There is no project “nothing”"),
        (Limits(kind="nothing"), "There is no kind “nothing”"),
        (Limits(networks=("0.0.0.0/0",)), "everywhere"),
        (Limits(networks=tuple(f"10.0.{n}.0/24" for n in range(21))), "Over 20 networks"),
    ],
)
def test_limits_that_limit_nothing_or_name_nothing_are_refused(office: Office, limits: Limits, why: str) -> None:
    with pytest.raises(Refused, match=why):
        granting.ask_for_role(office.desk, office.ada, "Mira", Role.TO, limits)
    with pytest.raises(NotYourCall, match="Who may decide here: that is for a technical operator"):
        granting.ask_for_role(office.desk, office.mira, "Ada", Role.TO)
    assert granting.ask_for_role(office.desk, office.mira, "Mira", Role.TO).label == "desk/1"


def test_of_two_operators_who_remove_each_other_one_is_left(office: Office) -> None:
    bob = office.person("Bob", Role.TO)
    tries = [
        partial(joining.remove_person, office.desk, office.ada, "Bob", "mine now"),
        partial(joining.remove_person, office.desk, bob, "Ada", "mine now"),
    ]
    told = at_once(tries)
    left = [person for person in reading.everyone(office.desk) if Role.TO in person.roles]
    assert (len(left), sum(isinstance(one, str) for one in told)) == (1, 1)


def test_whoever_proposed_somebody_welcomes_them_until_they_have_signed_in(office: Office, bob: Person) -> None:
    first = admit(office.desk, office.ada, "Grace", Role.MANAGER)
    with pytest.raises(NotYourCall, match="Who proposed Grace welcomes them"):
        welcoming.welcome(office.desk, bob, "Grace")
    with pytest.raises(Refused, match="There is no Eve yet"):
        welcoming.welcome(office.desk, office.ada, "Eve")
    second = welcoming.welcome(office.desk, office.ada, "grace")
    for ended in (first.shell, first.sign_in):
        with pytest.raises(NotYourCall):
            identity.verify(office.desk, ended)
    page = joining.exchange(office.desk, identity.verify(office.desk, second.sign_in))
    with pytest.raises(IllegalMove, match="Grace has signed in: only they make tokens of theirs now"):
        welcoming.welcome(office.desk, office.ada, "Grace")
    assert identity.verify(office.desk, page).name == identity.verify(office.desk, second.shell).name == "Grace"


def test_the_access_review_asks_to_confirm_each_and_who_is_not_kept_leaves(office: Office, bob: Person) -> None:
    point = office.ask(office.case(), spend("60"))
    approve(office, office.ada, point)
    carl = office.person("Carl", Role.CLIENT)
    asked = reviewing.ask_to_review(office.desk, office.mira)
    office.receive()
    told = {fact.label: fact.value for fact in asked.request.facts}
    assert told["Carl"] == "client; without a second factor; last signed in never, last answered never"
    assert told["Bob"].startswith("technical operator; with a second factor; last signed in 20")
    assert "last answered 20" in told["Ada"]
    kept = dict.fromkeys(("person_1", "person_2", "person_3"), "keep")
    with pytest.raises(Refused, match="person_4"):
        approve(office, bob, office.show(asked), kept)
    assert approve(office, bob, office.show(asked), kept | {"person_4": "end"}).state is State.APPROVED
    assert carry_out(office, asked).permit is Permit.DONE
    assert [person.name for person in reading.everyone(office.desk) if person.active] == ["Ada", "Mira", "Bob"]
    with pytest.raises(NotYourCall, match="not signed in"):
        joining.new_token(office.desk, carl, "page")


def test_a_review_comes_by_itself_each_month_and_one_that_leaves_nobody_is_void(office: Office) -> None:
    assert not reviewing.open_if_due(office.desk)
    later(office, "31 days")
    bob = office.person("Bob", Role.TO)
    app = office.enrol(bob)
    assert at_once([partial(reviewing.open_if_due, office.desk)] * 4).count(True) == 1
    office.receive()
    first = reading.show(office.desk, "desk/1").point
    assert first.started_by is None
    approve(office, bob, first, {"person_1": "end", "person_2": "keep", "person_3": "end"})
    assert "Nobody would be left" in carry_out(office, first).because
    later(office, "62 days")
    assert reviewing.open_if_due(office.desk)
    office.receive()
    joining.remove_person(office.desk, office.ada, "Mira", "left")
    proving.prove(office.desk, bob, app.code())
    second = reading.show(office.desk, "desk/2").point
    approve(office, bob, second, {"person_1": "end", "person_2": "end", "person_3": "keep"})
    assert carry_out(office, second).permit is Permit.DONE
    assert [person.name for person in reading.everyone(office.desk) if person.active] == ["Bob"]
