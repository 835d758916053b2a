"""Whose answer counts, and as which role."""

import pytest

from checkpoints.core.authority import Standing, counts, may_approve, needs_words
from checkpoints.core.errors import NotYourCall
from checkpoints.core.model import Requirement, Risk, Role, Verdict
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


def test_a_second_factor_that_can_t_be_given_keeps_the_yes_away_and_says_why() -> None:
    risky = point(request=spend("60", risks=(Risk.DELETES,)), requirement=Requirement((TO,), step_up=True))
    with pytest.raises(NotYourCall, match="because of deletes it needs a second factor"):
        may_approve(risky)
    may_approve(point())


@pytest.mark.parametrize("note", ["", " ", "\n"])
def test_a_no_and_a_wish_want_words(note: str) -> None:
    assert needs_words(Verdict.APPROVE, note) is None
    assert "why" in str(needs_words(Verdict.REJECT, note))
    assert "what to change" in str(needs_words(Verdict.CHANGES, note))
