"""Which cards hang where, and what they show: as things stand, whoever carries the errand, and however often."""

import json
from functools import partial

import pytest
from sqlalchemy import text as sql

from checkpoints.actions import deciding, errands, escalating, reading, withdrawing
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.courses import opening
from checkpoints.actions.people import scheduling
from checkpoints.core.model import Json, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.from_outside.slack import cards, workspace
from checkpoints.store.work.notices import nudge
from tests.fakes.slack.docs import docs
from tests.fakes.slack.workspace import Channel, User
from tests.integration.desk.moments import at_once, later
from tests.integration.from_outside.slack.cards.conftest import Hung
from tests.stage.desks import spend
from to_tools.doers import TELLERS


def told(hung: Hung, point: Checkpoint, event: str = "told") -> list[dict[str, Json]]:
    lines = reading.history(hung.office.desk, point.label).lines
    return [json.loads(line.body) for line in lines if line.event == event]


def in_thread(hung: Hung, where: Channel | User | None = None) -> list[str]:
    (card, *_) = hung.cards(where)
    return [message.reads for message in hung.slack.thread(card)]


def test_a_card_hangs_in_the_channel_and_with_whoever_has_to_answer_and_its_buttons_carry_its_id(hung: Hung) -> None:
    ada, mira = hung.link(hung.office.ada), hung.link(hung.office.mira)
    point = hung.office.ask(hung.office.case(), spend("60"))
    hung.carry()
    (in_channel,), (with_ada,) = hung.cards(), hung.cards(ada)
    assert hung.cards(mira) == []
    for card in (in_channel, with_ada):
        assert point.label in card.text
        assert {"approve", "changes", "reject", "open"} <= set(card.buttons)
    with hung.office.desk.transaction() as tx:
        rows = {row.id: row for row in cards.of(tx, point.id)}
    for card in (in_channel, with_ada):
        elements = [one for block in card.blocks for one in docs(block, "elements")]
        values = {one["value"] for one in elements if one.get("value")}
        (id,) = values
        (row,) = [row for row in rows.values() if str(row.id) == id]
        assert (row.channel, row.ts) == (card.channel, card.ts)
    assert {row.person_id for row in rows.values()} == {None, hung.office.ada.id}


def test_an_errand_that_is_carried_again_changes_nothing(hung: Hung) -> None:
    hung.link(hung.office.ada)
    point = hung.office.ask(hung.office.case(), spend("60"))
    for _ in range(3):
        hung.carry()
        with hung.office.desk.transaction() as tx:
            tx.execute(sql("update desk.errand set done_at = null where kind = 'tell:slack'"))
    calls = dict(hung.slack.faults.calls)
    hung.carry()
    assert dict(hung.slack.faults.calls) == calls
    assert [card.versions for card in hung.cards()] == [1]
    assert [line.get("name") for line in told(hung, point)] == [None, "Ada"]


@pytest.mark.parametrize(
    ("verdict", "says"), [(Verdict.APPROVE, "approved by Ada"), (Verdict.REJECT, "rejected by Ada")]
)
def test_after_the_decision_every_card_says_so_and_the_asker_is_told_in_the_thread(
    hung: Hung, verdict: Verdict, says: str
) -> None:
    ada = hung.link(hung.office.ada)
    point = hung.office.ask(hung.office.case(), spend("60"))
    hung.carry()
    hung.press(hung.office.ada, point, verdict)
    hung.carry()
    hung.carry()
    for (card,) in (hung.cards(), hung.cards(ada)):
        assert says in card.reads
        assert card.buttons == ["open"]
        assert card.versions == 2
    (response,) = in_thread(hung)
    assert "[CHECKPOINT 1] Response" in response
    assert says in response
    assert in_thread(hung, ada) == []


def test_what_expires_or_is_withdrawn_has_no_buttons_any_more(hung: Hung) -> None:
    expires = hung.office.ask(hung.office.case(), spend("60"))
    withdrawn = hung.office.ask(hung.office.case("other"), spend("60"))
    hung.carry()
    withdrawing.withdraw(hung.office.desk, hung.office.ada, withdrawn.id, "not needed")
    later(hung.office, "400 days")
    while escalating.expire_next(hung.office.desk):
        pass
    hung.carry()
    for card, words in zip(hung.cards(), (f"{expires.label} expired", f"{withdrawn.label} was withdrawn"), strict=True):
        assert words in card.reads
        assert card.buttons == ["open"]


@pytest.mark.promise("B6.2")
def test_the_card_of_an_older_revision_says_so_and_has_no_buttons(hung: Hung) -> None:
    run = hung.office.case()
    point = hung.office.ask(run, spend("60"))
    hung.carry()
    hung.press(hung.office.ada, point, Verdict.CHANGES)
    hung.carry()
    assert "asked for changes" in hung.cards()[0].reads
    submitting.revise(hung.office.asker, run, point, spend("55", changed=("cheaper by 5 dollars",)))
    hung.office.receive()
    hung.carry()
    old, new = hung.cards()
    assert "replaced by revision 2" in old.reads
    assert old.buttons == ["open"]
    assert "approve" in new.buttons


@pytest.mark.promise("B6.3")
def test_the_card_of_a_question_that_was_reopened_names_the_new_number(hung: Hung) -> None:
    point = hung.office.ask(hung.office.case(), spend("60"))
    hung.press(hung.office.ada, point, Verdict.REJECT)
    hung.carry()
    assert hung.cards() == []
    again = opening.reopen(hung.office.desk, hung.office.ada, point.id, "it is needed")
    hung.office.receive()
    hung.carry()
    hung.press(hung.office.ada, hung.office.show(again), Verdict.REJECT)
    hung.carry()
    once_more = opening.reopen(hung.office.desk, hung.office.ada, again.id, "it really is")
    hung.carry()
    hung.office.receive()
    hung.carry()
    for _ in range(2):
        old, new = hung.cards()
        assert f"replaced by {once_more.label}" in old.reads
        assert "approve" in new.buttons
        with hung.office.desk.transaction() as tx:
            nudge(tx, hung.office.show(again))
        hung.carry()


def test_one_answer_of_two_is_seen_on_the_cards_and_the_next_person_gets_one(hung: Hung) -> None:
    ada = hung.link(hung.office.ada)
    mia, mias = hung.add("Mia", Role.MANAGER)
    point = hung.office.ask(hung.office.case(), spend("300"))
    hung.carry()
    assert hung.cards(mias) == []
    hung.press(hung.office.ada, point)
    hung.carry()
    (theirs,) = hung.cards(mias)
    assert "approve" in theirs.buttons
    assert [card.versions for where in (None, ada) for card in hung.cards(where)] == [2, 2]
    hung.press(mia, hung.office.show(point))
    hung.carry()
    for where in (None, ada, mias):
        assert [card.buttons for card in hung.cards(where)] == [["open"]]


def test_the_rungs_are_said_in_the_thread_or_to_whoever_was_not_asked_yet_by_a_card(hung: Hung) -> None:
    ada = hung.link(hung.office.ada)
    _, bob = hung.add("Bob", Role.TO)
    _, mia = hung.add("Mia", Role.MANAGER)
    scheduling.set_backup(hung.office.desk, hung.office.ada, "Bob", True)
    point = hung.office.ask(hung.office.case(), spend("60"))
    for interval in ("0", "61 minutes", "121 minutes", "181 minutes"):
        later(hung.office, interval)
        while escalating.climb_next(hung.office.desk):
            pass
        hung.carry()
    assert ["Reminder" in said for said in in_thread(hung, ada)] == [True]
    assert [("approve" in card.buttons) for card in hung.cards(bob)] == [True]
    assert [("approve" in card.buttons) for card in hung.cards(mia)] == [False]
    says = [(line.get("name"), line["says"]) for line in told(hung, point)]
    assert says == [(None, "open"), ("Ada", "open"), ("Ada", "reminder"), ("Bob", "backup"), ("Mia", "manager")]
    hung.press(hung.office.ada, point)
    hung.carry()
    assert [card.buttons for where in (ada, bob, mia) for card in hung.cards(where)] == [["open"]] * 3


@pytest.mark.promise("C7.3")
def test_a_broken_glass_is_told_to_everybody_linked_and_in_the_channel(hung: Hung) -> None:
    office = hung.office
    accounts = [hung.link(office.ada), hung.link(office.mira), hung.add("Carl", Role.CLIENT)[1]]
    office.enrol(office.ada)
    point = office.ask(office.case(), spend("900"))
    hung.carry()
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE, {}, "Production is down for all.")
    deciding.break_glass(office.desk, office.ada, press)
    hung.carry()
    hung.carry()
    places: list[Channel | User] = [hung.channel, *accounts]
    for where in places:
        (loud,) = [
            message for message in hung.cards(where) if "emergency" in message.text.lower() and message.versions == 1
        ]
        assert point.label in loud.text
    assert "in an emergency" in hung.cards()[0].reads
    assert ["alone, in an emergency" in said for said in in_thread(hung)] == [True]
    says = {(line.get("name"), line["says"]) for line in told(hung, point)}
    assert {(None, "glass broken"), ("Ada", "glass broken"), ("Mira", "glass broken"), ("Carl", "glass broken")} <= says


@pytest.mark.promise("C7.3")
def test_it_is_told_in_a_channel_where_no_card_hung(hung: Hung) -> None:
    office = hung.office
    office.enrol(office.ada)
    point = office.ask(office.case(), spend("900"))
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE, {}, "Production is down for all.")
    deciding.break_glass(office.desk, office.ada, press)
    hung.carry()
    (loud,) = hung.cards()
    assert "emergency" in loud.text.lower()
    assert len(in_thread(hung)) == 1


def test_a_case_has_a_channel_of_its_own_and_whoever_comes_later_hears_of_what_is_open(hung: Hung) -> None:
    own = hung.slack.channel("own")
    run = hung.office.case()
    with hung.office.desk.transaction() as tx:
        workspace.set_channel(tx, run.case_id, own.id)
    hung.office.ask(run, spend("60"))
    hung.office.ask(hung.office.case("other"), spend("60"))
    hung.carry()
    assert [len(hung.cards(where)) for where in (own, None)] == [1, 1]
    ada = hung.link(hung.office.ada)
    hung.carry()
    assert len(hung.cards(ada)) == 2
    assert [len(hung.cards(where)) for where in (own, None)] == [1, 1]


def test_two_tellers_at_once_hang_one_card_each(hung: Hung) -> None:
    hung.link(hung.office.ada)
    for number in range(6):
        hung.office.ask(hung.office.case(f"case-{number}"), spend("60"))
    carry = partial(errands.carry_next, hung.office.desk, TELLERS, lane="slack")
    while any(at_once([carry] * 4)):
        pass
    assert len(hung.cards()) == 6
    assert len({card.text for card in hung.cards()}) == 6
