"""Who still has an older value of a credential: whoever may have it does."""

from datetime import UTC, datetime, timedelta

import pytest

from checkpoints.core.work.services.moving import AGENT, Use, still_on

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ONE = Use("deployment", "staging", 1, NOON, "done", None)


def after(version: int, came_to: str, by: str = "staging", hours: int = 1) -> Use:
    return Use("deployment", by, version, NOON + timedelta(hours=hours), came_to, None)


@pytest.mark.parametrize(
    ("uses", "users"),
    [
        ([], ()),
        ([ONE], ("staging",)),
        ([ONE, after(2, "done")], ()),
        ([ONE, after(2, "failed")], ("staging",)),
        ([ONE, after(2, "begun")], ("staging",)),
        ([ONE, after(2, "unknown")], ("staging",)),
        ([ONE, after(2, "begun"), after(2, "done", hours=2)], ()),
        ([after(1, "failed")], ()),
        ([after(1, "unknown")], ("staging",)),
        ([after(1, "done", by="")], ("a release",)),
        ([ONE, after(2, "done"), after(1, "done", "production")], ("production",)),
    ],
)
def test_a_place_has_moved_once_a_release_with_the_newer_value_is_surely_served(
    uses: list[Use], users: tuple[str, ...]
) -> None:
    assert still_on(uses, 1, NOON + timedelta(days=1)) == users


def test_an_agent_has_it_until_its_minutes_are_over_or_it_has_the_newer_one() -> None:
    had = Use(AGENT, "Apollo", 1, NOON, "done", NOON + timedelta(minutes=30))
    assert still_on([had], 1, NOON + timedelta(minutes=29)) == ("the agent Apollo",)
    assert still_on([had], 1, NOON + timedelta(minutes=30)) == ()
    endless = Use(AGENT, "", 1, NOON, "done", None)
    assert still_on([endless], 1, NOON + timedelta(days=400)) == ("the agent whose name nobody knows",)
    newer = Use(AGENT, "", 2, NOON + timedelta(days=1), "done", None)
    assert still_on([endless, newer], 1, NOON + timedelta(days=400)) == ()
