"""What passed in a band comes before people as often as the band says: once, whole, and until somebody looked."""

import threading
from functools import partial

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, escalating, reading
from checkpoints.actions.own.rules import overseeing
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Verdict
from tests.integration.desk.deciding.own import approve
from tests.integration.desk.deciding.rules.conftest import Adopt, labelled
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office, spend
from tests.stage.runs import eventually
from to_tools.porter import keep_reviewing


def opened(office: Office) -> int:
    """How many the desk asks now; and it receives them."""
    many = 0
    while overseeing.open_next(office.desk):
        many += 1
    office.receive()
    return many


def test_what_the_rule_passed_is_looked_over_within_a_month_and_once(office: Office, adopt: Adopt) -> None:
    run = office.case()
    passed = [office.ask(run, spend("12"), f"{number}") for number in range(2)]
    office.ask(run, spend(None), "unpriced")
    assert opened(office) == 0
    later(office, "29 days")
    assert opened(office) == 0
    later(office, "30 days 5 minutes")
    assert opened(office) == 1
    assert opened(office) == 0
    card = reading.show(office.desk, "desk/1").card
    assert [fact.label for fact in card.facts] == ["Proposed by", "What", *(point.label for point in passed)]
    assert card.facts[1].value.startswith("2 approvals in the band under $50, ")
    assert card.facts[1].value.endswith("2 of them passed by rule, $24.00 a month")
    assert "second factor" in card.factor
    assert adopt("desk/1").permit is Permit.DONE
    assert "looked over" in [line.event for line in reading.history(office.desk, "desk/1").lines]
    later(office, "80 days")
    assert opened(office) == 0


def test_what_people_passed_is_looked_over_too_as_often_as_its_band_says(office: Office) -> None:
    run = office.case()
    approve(office, office.ada, office.ask(run, spend("60"), "1"))
    office.ask(run, spend("12"), "2")
    later(office, "14 days 5 minutes")
    assert opened(office) == 1
    fact = reading.show(office.desk, "desk/1").card.facts[2]
    assert (fact.label, "approved by Ada" in fact.value) == ("sample/1", True)


@pytest.mark.parametrize(("ends", "again"), [("rejected", 0), ("expired", 1)])
def test_a_no_is_a_look_and_silence_is_none(office: Office, ends: str, again: int) -> None:
    office.ask(office.case(), spend("12"))
    later(office, "31 days")
    assert opened(office) == 1
    point = labelled(office.desk, "desk/1")
    if ends == "rejected":
        no = deciding.Press(point.id, 1, point.digest, Verdict.REJECT, note="who is that?")
        deciding.answer(office.desk, office.ada, no)
    later(office, "65 days")
    while escalating.expire_next(office.desk):
        pass
    assert (office.show(point).state, opened(office)) == (ends, again)


def test_two_porters_ask_once(office: Office) -> None:
    office.ask(office.case(), spend("12"))
    later(office, "31 days")
    told = at_once([partial(overseeing.open_next, office.desk)] * 4)
    assert sorted(map(bool, told)) == [False, False, False, True]
    office.receive()
    assert [point.state for point in reading.inbox(office.desk).points] == [State.OPEN]


def test_a_porter_that_dies_while_it_asks_has_asked_nothing_and_the_next_one_does(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask(office.case(), spend("12"))
    later(office, "31 days")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("checkpoints.store.work.rules.reviews.add", dies)
        with pytest.raises(KeyboardInterrupt):
            overseeing.open_next(office.desk)
    with office.desk.transaction() as tx:
        assert tx.execute(text("select count(*) from desk.checkpoint where kind = 'review'")).scalar_one() == 0
    assert opened(office) == 1


def asked(office: Office) -> list[str]:
    return [point.request.action for point in reading.inbox(office.desk).points]


def test_the_porter_asks_by_itself(office: Office) -> None:
    office.ask(office.case(), spend("12"))
    later(office, "31 days")
    stop = threading.Event()
    porter = threading.Thread(target=keep_reviewing, args=(office.desk, 0.01, stop))
    porter.start()
    eventually(lambda: "Look over what passed: under $50" in asked(office) or None, "the review", 20)
    stop.set()
    porter.join()
