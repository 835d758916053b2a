"""What arrives is kept once, wakes who looks after the case, and stands in the audit without a word of its body."""

import json
from functools import partial

import pytest

from checkpoints.actions import reading
from checkpoints.actions.by_runs import taking
from checkpoints.actions.from_outside import arriving
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.model import Json, Role
from checkpoints.store import cases, runs
from checkpoints.store.runs import Run
from tests.integration.desk.moments import at_once
from tests.integration.from_outside.arrivals.sending import stored
from tests.stage.desks import Office

BODY: dict[str, Json] = {"summary": "it is down"}


def care_runs(office: Office, run: Run) -> list[Run]:
    with office.desk.transaction() as tx:
        return [found for found in runs.of_case(tx, run.case_id) if found.branch == "care"]


def test_an_alarm_is_kept_with_an_audit_line_and_a_run_that_looks_after_it(office: Office, run: Run) -> None:
    assert arriving.arrive(office.desk, "sample", "alarm", "one", BODY)
    (kept,) = taking.untaken(office.asker, run, "alarm")
    assert (kept.name, kept.key, kept.body) == ("alarm", "one", BODY)
    assert len(care_runs(office, run)) == 1
    line = reading.audit_page(office.desk, 1).lines[0]
    assert line.event == "arrived"
    assert json.loads(line.body)["key"] == "one"
    assert "down" not in line.body


def test_the_same_again_is_kept_once_and_another_body_is_refused(office: Office, run: Run) -> None:
    arriving.arrive(office.desk, "sample", "alarm", "one", BODY)
    before = stored(office)
    assert not arriving.arrive(office.desk, "sample", "alarm", "one", dict(BODY))
    with pytest.raises(IllegalMove, match="used for another alarm"):
        arriving.arrive(office.desk, "sample", "alarm", "one", {"summary": "other"})
    assert stored(office) == before


def test_many_at_once_are_one_row_and_one_run(office: Office, run: Run) -> None:
    told = at_once([lambda: arriving.arrive(office.desk, "sample", "alarm", "one", BODY)] * 8)
    assert sorted(told, key=str) == [False] * 7 + [True]
    told = at_once([partial(arriving.arrive, office.desk, "sample", "alarm", f"key {n}", BODY) for n in range(8)])
    assert told == [True] * 8
    assert len(taking.untaken(office.asker, run, "alarm")) == 9
    assert len(care_runs(office, run)) == 1


def test_what_was_taken_is_not_there_any_more_and_its_key_stays_used(office: Office, run: Run) -> None:
    arriving.arrive(office.desk, "sample", "alarm", "one", BODY)
    arriving.arrive(office.desk, "sample", "alarm", "two", BODY)
    first, second = taking.untaken(office.asker, run, "alarm")
    taking.take(office.asker, run, [first.id])
    assert taking.untaken(office.asker, run, "alarm") == [second]
    assert not arriving.arrive(office.desk, "sample", "alarm", "one", BODY)
    assert taking.untaken(office.asker, run, "alarm") == [second]


def test_a_run_takes_nothing_of_another_case(office: Office, run: Run) -> None:
    other = office.case("other")
    arriving.arrive(office.desk, "sample", "alarm", "one", BODY)
    (kept,) = taking.untaken(office.asker, run, "alarm")
    taking.take(office.asker, other, [kept.id])
    assert taking.untaken(office.asker, run, "alarm") == [kept]
    assert taking.untaken(office.asker, other, "alarm") == []


@pytest.mark.parametrize("state", ["undelivered", "refused", "cancelled"])
def test_a_case_that_is_over_hears_nothing(office: Office, run: Run, state: str) -> None:
    with office.desk.transaction() as tx:
        cases.end(tx, run.case_id, state, "over")
    before = stored(office)
    with pytest.raises(IllegalMove, match=f"sample is {state}"):
        arriving.arrive(office.desk, "sample", "alarm", "one", BODY)
    assert stored(office) == before


def test_a_delivered_case_is_looked_after(office: Office, run: Run) -> None:
    with office.desk.transaction() as tx:
        cases.end(tx, run.case_id, "delivered", "all of it")
    assert arriving.arrive(office.desk, "sample", "alarm", "one", BODY)


@pytest.mark.parametrize(("slug", "name"), [("none", "alarm"), ("sample", "tick"), ("\0", "alarm"), ("säm", "alarm")])
def test_what_nobody_knows_is_refused(office: Office, run: Run, slug: str, name: str) -> None:
    before = stored(office)
    with pytest.raises(Refused, match="Nothing was kept"):
        arriving.arrive(office.desk, slug, name, "one", BODY)
    assert stored(office) == before


def test_a_person_raises_an_alarm_by_name(office: Office, run: Run) -> None:
    arriving.sound(office.desk, office.ada, "sample", "Clients see an empty page.")
    (kept,) = taking.untaken(office.asker, run, "alarm")
    assert kept.by_person
    assert (kept.says, kept.body["by"]) == ("Clients see an empty page.", office.ada.name)
    assert json.loads(reading.audit_page(office.desk, 1).lines[0].body)["by"] == office.ada.name


@pytest.mark.parametrize("summary", ["", "  ", "x" * 2_001, "a\0b"])
def test_an_alarm_without_words_tells_nobody(office: Office, run: Run, summary: str) -> None:
    with pytest.raises(Refused):
        arriving.sound(office.desk, office.ada, "sample", summary)
    assert taking.untaken(office.asker, run, "alarm") == []


def test_a_client_raises_none(office: Office, run: Run) -> None:
    with pytest.raises(NotYourCall):
        arriving.sound(office.desk, office.person("Cleo", Role.CLIENT), "sample", "down")
    assert taking.untaken(office.asker, run, "alarm") == []


def test_a_run_can_t_make_an_arrival(office: Office, run: Run) -> None:
    with pytest.raises(NotYourCall):
        arriving.arrive(office.asker, "sample", "alarm", "one", BODY)
    assert taking.untaken(office.asker, run, "alarm") == []
