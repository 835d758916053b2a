"""Whose answer counts, and as which role."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from checkpoints.core.authority import Counts, Standing, counts, decides_for, may_approve, needs_words
from checkpoints.core.errors import NeedsFactor, NotYourCall
from checkpoints.core.model import Grant, Limits, Requirement, Risk, Role, Verdict
from tests.stage.desks import spend
from tests.unit.core.points import ADA, BOB, NOON, answer, point

TO, MANAGER = Role.TO, Role.MANAGER
BOTH = Requirement((TO, MANAGER), ordered=True)


def standing(*roles: Role, active: bool = True, single: bool = False) -> Standing:
    return Standing(active, frozenset(roles), single, NOON)


def test_the_role_that_is_waited_for_counts() -> None:
    assert counts(point(), ADA, standing(TO)).role is TO


@pytest.mark.parametrize("roles", [(), (MANAGER,), (Role.CLIENT,)])
def test_another_role_does_not_and_is_told_who_could(roles: tuple[Role, ...]) -> None:
    with pytest.raises(NotYourCall, match=r"waits for the technical operator; your roles: \w+. Nothing was recorded"):
        counts(point(), ADA, standing(*roles))


def test_somebody_who_is_signed_out_is_told_so() -> None:
    with pytest.raises(NotYourCall, match="not signed in any more"):
        counts(point(), ADA, standing(TO, active=False))


def test_nothing_counts_before_the_desk_said_who_must_approve() -> None:
    with pytest.raises(NotYourCall, match="has not been received"):
        counts(point(requirement=None), ADA, standing(TO))


def test_the_manager_comes_after_the_operator() -> None:
    with pytest.raises(NotYourCall, match="waits for the technical operator"):
        counts(point(requirement=BOTH), BOB, standing(MANAGER))
    half = point(requirement=BOTH, answers=(answer(ADA, Verdict.APPROVE),))
    assert counts(half, BOB, standing(MANAGER)).role is MANAGER


def test_one_person_with_two_roles_counts_once() -> None:
    half = point(requirement=BOTH, answers=(answer(ADA, Verdict.APPROVE),))
    with pytest.raises(NotYourCall, match=r"You approved .* already; it now waits for the manager"):
        counts(half, ADA, standing(TO, MANAGER))


def test_a_role_named_twice_is_two_people_and_then_comes_the_manager() -> None:
    wanted = Requirement((TO, TO, MANAGER), ordered=True)
    none = point(requirement=wanted)
    assert (none.roles_to_come, none.waits_for) == ((TO, TO, MANAGER), ("2 technical operators", "the manager"))
    one = point(requirement=wanted, answers=(answer(ADA, Verdict.APPROVE),))
    assert (one.roles_to_come, one.waits_for) == ((TO, MANAGER), ("another technical operator", "the manager"))
    with pytest.raises(NotYourCall, match="waits for another technical operator; your roles: manager"):
        counts(one, BOB, standing(MANAGER))
    assert counts(one, BOB, standing(TO, MANAGER)).role is TO


def test_one_person_twice_among_the_answers_counts_once() -> None:
    twice = (answer(ADA, Verdict.APPROVE), answer(ADA, Verdict.APPROVE))
    assert point(requirement=Requirement((TO, TO), ordered=True), answers=twice).roles_to_come == (TO,)
    both = (answer(ADA, Verdict.APPROVE), answer(ADA, Verdict.APPROVE, MANAGER))
    assert point(requirement=BOTH, answers=both).roles_to_come == (MANAGER,)


def test_what_stands_no_more_is_as_if_it_had_not_been_said() -> None:
    fell = replace(answer(ADA, Verdict.APPROVE), stands=False)
    half = point(requirement=BOTH, answers=(fell,))
    assert (half.roles_to_come, half.counting, half.fallen) == ((TO, MANAGER), (), (fell,))
    assert counts(half, ADA, standing(TO)).role is TO


def test_in_an_order_a_yes_out_of_its_turn_counts_nothing() -> None:
    early = answer(BOB, Verdict.APPROVE, MANAGER)
    half = point(requirement=BOTH, answers=(early, answer(ADA, Verdict.APPROVE)))
    assert (half.roles_to_come, half.fallen) == ((MANAGER,), (early,))
    unordered = replace(half, requirement=replace(BOTH, ordered=False))
    assert (unordered.roles_to_come, unordered.fallen) == ((), ())


def test_what_the_asker_said_before_they_were_the_asker_counts_no_more() -> None:
    half = point(requirement=BOTH, answers=(answer(ADA, Verdict.APPROVE),))
    assert half.roles_to_come == (MANAGER,)
    assert replace(half, started_by=ADA.id).roles_to_come == (TO, MANAGER)


def test_an_answer_to_an_older_revision_meets_nothing() -> None:
    revised = point(requirement=BOTH, revision=2, answers=(answer(ADA, Verdict.APPROVE, revision=1),))
    assert revised.roles_to_come == (TO, MANAGER)
    assert counts(revised, ADA, standing(TO)).role is TO


def test_who_started_it_can_t_answer_once_there_are_two_operators() -> None:
    with pytest.raises(NotYourCall, match="You started read-later-digest: another technical operator must answer"):
        counts(point(started_by=ADA.id), ADA, standing(TO))


def test_a_single_operator_may_and_it_is_said() -> None:
    assert counts(point(started_by=ADA.id), ADA, standing(TO, single=True)).same_person


def test_a_manager_never_answers_what_they_started_though_there_is_a_single_operator() -> None:
    half = point(started_by=BOB.id, requirement=BOTH, answers=(answer(ADA, Verdict.APPROVE),))
    with pytest.raises(NotYourCall, match="another manager must answer"):
        counts(half, BOB, standing(MANAGER, single=True))


def limited(limits: Limits, role: Role = TO, address: str = "", single: bool = False) -> Standing:
    return replace(standing(single=single), limited=(Grant(UUID(int=7), role, limits),), address=address)


WITHIN: list[tuple[Limits, str]] = [
    (Limits(case="read-later-digest"), ""),
    (Limits(kind="spend"), ""),
    (Limits(until=NOON + timedelta(seconds=1)), ""),
    (Limits(networks=("2001:db8::/32", "10.0.0.0/8")), "10.1.2.3"),
    (Limits(networks=("2001:db8::/32", "10.0.0.0/8")), "2001:db8::7"),
    (Limits(networks=("10.0.0.0/8",)), "::ffff:10.1.2.3"),
    (Limits("read-later-digest", "spend", NOON + timedelta(days=1), ("192.0.2.7/32",)), "192.0.2.7"),
]
BEYOND: list[tuple[Limits, str, str]] = [
    (Limits(case="another"), "", "counts for another only"),
    (Limits(case="desk"), "", "counts for desk only"),
    (Limits(kind="domain"), "", "counts for questions of kind domain only"),
    (Limits(case="read-later-digest", kind="domain"), "", "counts for read-later-digest only, for questions of kind"),
    (Limits(until=NOON), "", "ended at 2026-03-02 12:00 UTC"),
    (Limits(networks=("10.0.0.0/8",)), "", "this way carries no address, so answer on the page"),
    (Limits(networks=("10.0.0.0/8",)), "192.0.2.7", "counts from 10.0.0.0/8 only; you come from 192.0.2.7"),
    (Limits(networks=("10.0.0.0/8",)), "10.1.2.3, 192.0.2.7", "only; you come from"),
    (Limits(networks=("not a network",)), "10.1.2.3", "only; you come from"),
]


@pytest.mark.promise("B9.4")
@pytest.mark.parametrize(("limits", "address"), WITHIN)
def test_a_role_with_limits_counts_within_them(limits: Limits, address: str) -> None:
    assert counts(point(), ADA, limited(limits, address=address)) == Counts(TO, False, UUID(int=7))


@pytest.mark.promise("B9.4")
@pytest.mark.parametrize(("limits", "address", "why"), BEYOND)
def test_a_role_with_limits_counts_nowhere_else_and_says_which_limit_it_is(
    limits: Limits, address: str, why: str
) -> None:
    with pytest.raises(
        NotYourCall, match=rf"your roles: none\. Nothing was recorded\. Your role as .*{re.escape(why)}"
    ):
        counts(point(), ADA, limited(limits, address=address))


@pytest.mark.promise("B9.4")
@pytest.mark.parametrize("limits", [Limits(case="sample"), Limits(kind="spend")])
def test_a_role_for_a_part_is_none_for_the_desk_as_a_whole(limits: Limits) -> None:
    with pytest.raises(NotYourCall, match="that is for a technical operator; your roles: none"):
        decides_for(limited(limits), (TO,), False, "Who may decide here")
    decides_for(limited(Limits(until=NOON + timedelta(days=1))), (TO,), False, "Who may decide here")
    decides_for(limited(limits), (TO,), False, "sample", case="sample", kind="spend")


@pytest.mark.parametrize("limits", [Limits(case="read-later-digest"), Limits(until=NOON + timedelta(days=1))])
def test_only_an_operator_for_everything_answers_their_own_as_the_single_one(limits: Limits) -> None:
    own = point(started_by=ADA.id)
    with pytest.raises(NotYourCall, match="another technical operator must answer"):
        counts(own, ADA, limited(limits, single=True))
    assert counts(own, ADA, limited(Limits(networks=("10.0.0.0/8",)), address="10.0.0.7", single=True)).same_person


def proved(ago: timedelta | None, enrolled: bool = True, *roles: Role) -> Standing:
    at = None if ago is None else NOON - ago
    return replace(standing(*(roles or (TO,)), single=True), enrolled=enrolled, proved_at=at)


@pytest.mark.parametrize(
    ("risks", "why"), [((Risk.DELETES, Risk.PRODUCTION), "deletes, production"), ((), "its kind or cost")]
)
def test_a_yes_at_high_risk_needs_a_second_factor_and_says_why(risks: tuple[Risk, ...], why: str) -> None:
    risky = point(request=spend("60", risks=risks), requirement=Requirement((TO,), step_up=True))
    with pytest.raises(NeedsFactor, match=rf"\({why}\) needs your second factor.*--otp 123456") as told:
        may_approve(risky, ADA, proved(None))
    assert told.value.enrolled
    may_approve(risky, ADA, proved(timedelta(minutes=1)))
    may_approve(point(), ADA, standing(TO))


def test_a_yes_to_what_one_started_needs_it_whatever_it_is() -> None:
    own = point(started_by=ADA.id)
    with pytest.raises(NeedsFactor, match=r"\(you started it yourself\) needs your second factor"):
        may_approve(own, ADA, proved(None))
    may_approve(own, ADA, proved(timedelta(minutes=1)))
    may_approve(own, BOB, proved(None))


def test_whoever_has_none_is_told_how_to_enrol() -> None:
    with pytest.raises(NeedsFactor, match="countersign second-factor enrol") as told:
        may_approve(point(started_by=ADA.id), ADA, proved(None, enrolled=False))
    assert not told.value.enrolled


@pytest.mark.parametrize(
    ("ago", "enrolled", "counts"),
    [
        (timedelta(0), True, True),
        (timedelta(minutes=9, seconds=59), True, True),
        (timedelta(minutes=10), True, False),
        (timedelta(days=1), True, False),
        (timedelta(seconds=-1), True, False),
        (timedelta(minutes=1), False, False),
        (None, True, False),
    ],
)
def test_a_proof_lasts_ten_minutes_and_ends_with_its_factor(
    ago: timedelta | None, enrolled: bool, counts: bool
) -> None:
    assert proved(ago, enrolled).proved is counts


def test_what_has_no_open_question_has_its_floor_and_its_factor_too() -> None:
    floor = (TO, MANAGER)
    decides_for(standing(MANAGER), floor, False, "sample")
    decides_for(proved(timedelta(0)), floor, True, "sample")
    with pytest.raises(NeedsFactor, match="sample needs your second factor"):
        decides_for(standing(MANAGER), floor, True, "sample")
    for outsider in (standing(Role.CLIENT), standing(TO, active=False), standing()):
        with pytest.raises(NotYourCall, match="sample: that is for a technical operator or manager"):
            decides_for(outsider, floor, False, "sample")


@pytest.mark.parametrize("note", ["", " ", "\n"])
def test_a_no_and_a_wish_want_words(note: str) -> None:
    assert needs_words(Verdict.APPROVE, note) is None
    assert "why" in str(needs_words(Verdict.REJECT, note))
    assert "what to change" in str(needs_words(Verdict.CHANGES, note))
