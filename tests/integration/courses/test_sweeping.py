"""Many are withdrawn or reopened by what they have in common: each as if by itself, and one that fails stops none."""

import json

import pytest

from checkpoints.actions import reading
from checkpoints.actions.courses import cancelling, sweeping
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role
from checkpoints.core.view import Checkpoint
from checkpoints.store.work.many.filtered import Filter
from tests.stage.desks import Office, spend

SPEND = Filter(kind="spend")


def ask(office: Office, *slugs: str) -> list[Checkpoint]:
    return [office.ask(office.case(slug), spend("60")) for slug in slugs]


def test_what_a_filter_finds_is_withdrawn_and_reopened_each_with_its_lines(office: Office) -> None:
    one, two, other = ask(office, "read-a", "read-b", "write")
    found = sweeping.withdrawable(office.desk, Filter(case="read-*"))
    assert [point.label for point in found] == [one.label, two.label]
    done = sweeping.withdraw(office.desk, office.ada, found, "not needed")
    assert [result.words for result in done] == [f"Recorded: {point.label} is withdrawn." for point in (one, two)]
    lines = [json.loads(line.body) for line in reading.audit_page(office.desk).lines if line.event == "withdrawn"]
    assert [(line["checkpoint"], line["by"], line["because"]) for line in lines] == [
        (two.label, "Ada", "not needed"),
        (one.label, "Ada", "not needed"),
    ]
    again = sweeping.reopen(office.desk, office.ada, sweeping.reopenable(office.desk, SPEND), "wanted again")
    assert again[0].words == "Recorded: read-a/1 is asked again as read-a/2."
    # What is asked again is found as it is now, and once.
    office.receive()
    assert sweeping.reopenable(office.desk, SPEND) == []
    assert {p.label for p in sweeping.withdrawable(office.desk, SPEND)} == {"read-a/2", "read-b/2", other.label}


def test_one_that_can_t_be_done_stops_no_other_and_its_try_is_written_down(office: Office) -> None:
    points = ask(office, "gone", "here")
    sweeping.withdraw(office.desk, office.ada, points, "not needed")
    cancelling.cancel(office.desk, office.ada, "gone", "The client left.")
    results = sweeping.reopen(office.desk, office.ada, sweeping.reopenable(office.desk, SPEND), "wanted again")
    assert [type(result.no) for result in results] == [IllegalMove, type(None)]
    tried = [json.loads(line.body) for line in reading.audit_page(office.desk).lines if line.event == "try refused"]
    assert [(line["checkpoint"], line["tried"]) for line in tried] == [("gone/1", "reopen")]
    office.receive()
    client = office.person("Cleo", Role.CLIENT)
    waits = sweeping.withdrawable(office.desk, Filter(client="client INC."))
    (refused,) = sweeping.withdraw(office.desk, client, waits, "not mine")
    assert isinstance(refused.no, NotYourCall)
    assert office.show(waits[0]).state is State.OPEN


def test_a_pattern_is_the_shells_and_nothing_else_and_without_one_or_a_reason_nothing_is_done(office: Office) -> None:
    points = ask(office, "read-a")
    for by in (Filter(case="%"), Filter(case="read_*"), Filter(kind="spend' or ''='")):
        assert sweeping.withdrawable(office.desk, by) == []
    assert len(sweeping.withdrawable(office.desk, Filter(case="read?a"))) == 1
    with pytest.raises(Refused, match="Say which"):
        sweeping.withdrawable(office.desk, Filter())
    with pytest.raises(Refused, match="Say why"):
        sweeping.withdraw(office.desk, office.ada, points, " ")
