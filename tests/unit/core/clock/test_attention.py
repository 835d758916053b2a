"""How much attention answers had, in figures; and who is asked where somebody has answered enough today."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.clock.attention import READ_A_SECOND, Answered, attention, to_read
from checkpoints.core.clock.ladder import Somebody, asked_first, backups
from tests.stage.desks import spend
from tests.unit.core.clock.test_ladder import offices

SECOND = timedelta(seconds=1)
answers = st.lists(
    st.builds(Answered, st.none() | st.integers(-5, 9_000).map(lambda n: n * SECOND), st.integers(0, 20_000))
)


@given(answers)
def test_figures_are_shares_of_what_was_measured(given: list[Answered]) -> None:
    found = attention(given)
    assert found.answers == len(given) >= found.measured
    assert max(found.quick, found.skimmed) <= found.measured
    assert (found.took is None) == (found.measured == 0) == (found.reading is None)


def test_what_took_less_than_three_seconds_or_than_reading_takes_is_counted() -> None:
    long = 60 * READ_A_SECOND
    found = attention([Answered(2 * SECOND, 30), Answered(30 * SECOND, long), Answered(90 * SECOND, long)])
    assert (found.quick, found.skimmed, found.took, found.reading) == (1, 1, 30 * SECOND, 60 * SECOND)


def test_an_answer_whose_card_nobody_was_shown_is_no_quick_one() -> None:
    found = attention([Answered(None, 500)])
    assert (found.answers, found.measured, found.quick, found.took) == (1, 0, 0, None)


def test_the_agents_words_are_to_be_read_too() -> None:
    assert to_read(spend(details="x" * 900)) - to_read(spend(details="")) == 900


@given(offices(), st.sets(st.integers(1, 5)))
def test_who_has_answered_enough_is_asked_first_only_where_nobody_else_is_there(
    people: list[Somebody], full: set[int]
) -> None:
    office = [replace(one, busy=one.id in {UUID(int=n) for n in full}) for one in people]
    counting = {one.id for one in office if one.counts}
    rested = {one.id for one in office if one.counts and not one.away and not one.busy}
    first = asked_first(office)
    assert first <= counting
    assert bool(first) == bool(counting)
    assert not rested or first <= rested
    assert first | backups(office) >= {one.id for one in office if one.counts and not one.away}
