"""Many requests at once to one channel: at Slack's rate, each in its turn; and a flood of one case in one message."""

import time
from dataclasses import replace

import pytest
from sqlalchemy import text as sql

from checkpoints.actions import errands
from checkpoints.core.clock.flood import Limits
from tests.integration.desk.mail.test_a_flood import flood, lines, waits
from tests.integration.desk.moments import later
from tests.integration.from_outside.slack.cards.conftest import Hung
from tests.stage.desks import spend

EACH = 10
PACE = 0.02
"""Seconds; Slack's own is one."""
LONGEST = 120.0


@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(4, id="forty"),
        # How often one is tried depends on how busy the machine is.
        pytest.param(20, id="two hundred", marks=[pytest.mark.long, pytest.mark.alone]),
    ],
)
def test_many_requests_to_one_channel_hang_at_slacks_rate_without_one_lost_or_doubled(hung: Hung, cases: int) -> None:
    kept = hung.paced(PACE)
    for number in range(cases):
        flood(kept.office, kept.office.case(f"case-{number}"), 1, EACH)
    end = time.monotonic() + LONGEST
    while (seconds := errands.seconds_to_next(kept.office.desk, lane="slack")) is not None:
        assert time.monotonic() < end, "the cards did not hang in time"
        kept.carry()
        time.sleep(min(max(0, seconds), PACE))
    labels = [card.text.rpartition("(")[2] for card in kept.cards()]
    assert len(labels) == len(set(labels)) == cases * EACH
    with kept.office.desk.transaction() as tx:
        tries = tx.execute(sql("select sum(tries) from desk.errand where kind = 'tell:slack'")).scalar_one()
    # Each is tried, put off until its turn, to the end where it comes late, and tried then: a few times, not hundreds.
    assert tries < cases * EACH * 4
    assert kept.slack.faults.calls["chat.postMessage"] < cases * EACH * 1.1


def test_a_card_that_waits_for_its_turn_is_not_forgotten_for_one_that_hangs_at_once(hung: Hung) -> None:
    kept = hung.paced(10 * PACE)
    ada = kept.link(kept.office.ada)
    points = [kept.office.ask(kept.office.case(name), spend()) for name in ("one", "two")]
    end = time.monotonic() + LONGEST
    while (seconds := errands.seconds_to_next(kept.office.desk, lane="slack")) is not None:
        assert time.monotonic() < end, "the cards did not hang in time"
        kept.carry()
        time.sleep(min(max(0, seconds), PACE))
    for where in (None, ada):
        labels = {card.text.rpartition("(")[2] for card in kept.cards(where)}
        assert (labels, len(kept.cards(where))) == ({f"{point.label})" for point in points}, 2)


def test_a_flood_is_one_message_an_hour_in_the_channel_and_with_whoever_answers(hung: Hung) -> None:
    few = replace(hung, office=replace(hung.office, desk=replace(hung.office.desk, limits=Limits(singly=2))))
    ada = few.link(few.office.ada)
    office, run = few.office, few.office.case()
    flood(office, run, 1, 12)
    few.carry()
    assert [len(few.cards(where)) for where in (None, ada)] == [2, 2]
    later(office, "2 minutes")
    few.slack.fail("chat.postMessage", "after")
    few.carry()
    later(office, "4 minutes")
    few.carry()
    for where in (None, ada):
        (digest,) = few.cards(where)[2:]
        assert "10 questions wait together" in digest.reads
        assert f"{office.desk.page_url}/bundles/flood:sample" in str(digest.blocks)
    flood(office, run, 13, 14)
    for minutes, seen in ((10, 3), (40, 3), (66, 4)):
        later(office, f"{minutes} minutes")
        few.carry()
        assert [len(few.cards(where)) for where in (None, ada)] == [seen, seen]
    assert "sample/13" in few.cards()[3].reads
    assert "sample/12" not in few.cards()[3].reads
    told = [line.get("name") for line in lines(office, "told") if line["says"] == "digest"]
    assert sorted(told, key=str) == ["Ada", "Ada", None, None]
    assert len(waits(office)) == 14
