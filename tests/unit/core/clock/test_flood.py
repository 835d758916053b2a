"""When one asker is told together and when refused: never more said than is allowed, never nothing for ever."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.clock.flood import AGAIN, AGAIN_IF_CRITICAL, GATHERS, Asked, Limits, floods, next_digest, over
from tests.unit.core.points import NOON

limits = st.builds(Limits, st.integers(1, 50), st.just(timedelta(minutes=10)), st.integers(1, 300))


@given(limits, st.integers(1, 400))
def test_of_any_number_asked_at_once_so_many_are_told_singly_so_many_together_and_the_rest_refused(
    limits: Limits, questions: int
) -> None:
    singly = together = refused = 0
    for _ in range(questions):
        before = Asked(lately=singly + together, open=singly + together)
        if over(limits, before):
            refused += 1
        elif floods(limits, before):
            together += 1
        else:
            singly += 1
    assert singly == min(questions, limits.singly, limits.open)
    assert singly + together == min(questions, limits.open)
    assert singly + together + refused == questions


@given(limits, st.integers(0, 400))
def test_a_refusal_says_how_many_wait_and_how_many_may(limits: Limits, open: int) -> None:
    why = over(limits, Asked(0, open))
    assert bool(why) == (open >= limits.open)
    assert not why or (why.startswith("over the limits: ") and str(open) in why and str(limits.open) in why)


@given(st.lists(st.integers(0, 36_000), min_size=1, max_size=40))
def test_however_a_flood_comes_digests_are_an_hour_apart_and_nothing_waits_for_more_than_that(comes: list[int]) -> None:
    """Each question is heard of in the first digest after it came; the next is due an hour after the one before."""
    unheard = sorted(NOON + timedelta(seconds=second) for second in comes)
    sent: list[datetime] = []
    while unheard:
        due = next_digest(unheard[0], sent[-1] if sent else None)
        assert due >= unheard[0] + GATHERS
        assert due <= unheard[0] + max(AGAIN, GATHERS)
        assert not sent or due - sent[-1] >= AGAIN
        sent.append(due)
        unheard = [one for one in unheard if one > due]


def test_while_one_says_critical_the_next_digest_waits_minutes_and_not_an_hour() -> None:
    last, since = NOON, NOON + GATHERS
    assert next_digest(since, last) == last + AGAIN
    assert next_digest(since, last, critical=True) == last + AGAIN_IF_CRITICAL
    assert timedelta(minutes=15) > AGAIN_IF_CRITICAL
