"""While nobody answers: a reminder, the backup, the manager; each once, whoever dies, and nothing after an answer."""

import json
from functools import partial
from threading import Event

import pytest

from checkpoints.actions import deciding, errands, escalating, reading
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.people import joining, scheduling
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Priority, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.work.notices import nudge
from tests.fakes.post_office import text
from tests.integration.desk.mail.conftest import Told
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import spend
from to_tools import porter
from to_tools.doers import TELLERS

RUNGS = ("reminded", "escalated to the backup", "escalated to the manager")


def press(told: Told, point: Checkpoint, verdict: Verdict = Verdict.APPROVE) -> Checkpoint:
    said = deciding.Press(point.id, point.revision, point.digest, verdict, {}, "so")
    return deciding.answer(told.office.desk, told.office.ada, said)


def after(told: Told, interval: str) -> list[tuple[str, str]]:
    """To whom mails went by then, with how their subjects begin, since the last look."""
    before = len(told.post.mails)
    later(told.office, interval)
    climb(told)
    told.carry()
    return [
        (mail["To"].addresses[0].username, mail["Subject"].split("[")[0].lstrip()) for mail in told.post.mails[before:]
    ]


def climb(told: Told) -> None:
    while escalating.climb_next(told.office.desk):
        pass


def story(told: Told, point: Checkpoint) -> list[tuple[str, str]]:
    """What the checkpoint's story says of the rungs: what was done, and who was to hear."""
    lines = reading.history(told.office.desk, point.label).lines
    return [(line.event, json.loads(line.body)["to"]) for line in lines if line.event in RUNGS]


@pytest.fixture
def three(told: Told) -> Told:
    """Ada is asked, Bob is the backup, Mia is a manager; all have mailboxes. Mira, a manager too, has none."""
    told.add("Bob", Role.TO)
    told.add("Mia", Role.MANAGER)
    scheduling.set_backup(told.office.desk, told.office.ada, "Bob", True)
    return told


def test_those_who_were_asked_are_reminded_then_the_backup_is_asked_and_the_manager_told(three: Told) -> None:
    point = three.office.ask(three.office.case(), spend("60"))
    assert after(three, "0") == [("ada", "")]
    assert after(three, "59 minutes") == []
    assert after(three, "61 minutes") == [("ada", "Reminder: ")]
    assert after(three, "119 minutes") == []
    assert after(three, "121 minutes") == [("bob", "Overdue: ")]
    assert after(three, "179 minutes") == []
    assert after(three, "181 minutes") == [("mia", "Overdue: ")]
    assert after(three, "29 days") == []
    assert story(three, point) == [(RUNGS[0], "Ada"), (RUNGS[1], "Bob"), (RUNGS[2], "Mira, Mia")]
    _, reminder, backup, manager = [text(mail) for mail in three.post.mails]
    assert "sample/1 still waits for your answer, by " in reminder
    assert "You are the backup: it waits for your answer too now." in backup
    assert "see to it that somebody answers" in manager
    assert "answer on the page" not in manager
    assert len({mail["Message-ID"] for mail in three.post.mails}) == 4


def test_what_is_critical_is_escalated_within_the_half_hour(three: Told) -> None:
    three.office.ask(three.office.case(), spend("60", priority=Priority.CRITICAL))
    three.carry()
    assert after(three, "7 minutes 31 seconds") == [("ada", "Reminder: ")]
    assert after(three, "15 minutes 1 second") == [("bob", "Overdue: ")]
    assert after(three, "22 minutes 31 seconds") == [("mia", "Overdue: ")]


def test_a_backup_may_answer_before_they_are_asked(three: Told) -> None:
    bob = three.add("Ben", Role.TO)
    scheduling.set_backup(three.office.desk, three.office.ada, "Ben", True)
    point = three.office.ask(three.office.case(), spend("60"))
    said = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    assert deciding.answer(three.office.desk, bob, said).state is State.APPROVED


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.CHANGES])
def test_after_an_answer_nobody_is_reminded_or_asked(three: Told, verdict: Verdict) -> None:
    point = three.office.ask(three.office.case(), spend("60"))
    three.carry()
    press(three, point, verdict)
    assert after(three, "0") == [("ada", "Re: ")]
    assert after(three, "4 hours") == []
    assert story(three, point) == []
    assert escalating.seconds_to_next(three.office.desk) is None or verdict is Verdict.CHANGES


def test_an_answer_that_comes_before_the_mails_leaves_them_unsent(three: Told) -> None:
    point = three.office.ask(three.office.case(), spend("60"))
    three.carry()
    later(three.office, "4 hours")
    climb(three)
    press(three, point)
    assert after(three, "4 hours") == [("ada", "Re: ")]


def test_a_revision_is_reminded_of_by_its_own_time(three: Told) -> None:
    run = three.office.case()
    point = three.office.ask(run, spend("60"))
    three.carry()
    later(three.office, "50 minutes")
    press(three, point, Verdict.CHANGES)
    submitting.revise(three.office.asker, run, point, spend("55", changed=("cheaper",)))
    three.office.receive()
    three.carry()
    assert after(three, "109 minutes") == []
    assert after(three, "111 minutes") == [("ada", "Reminder: ")]


def test_where_nobody_else_is_there_the_story_says_so(told: Told) -> None:
    joining.remove_person(told.office.desk, told.office.ada, "Mira", "left")
    point = told.office.ask(told.office.case(by=told.office.ada), spend("60"))
    told.carry()
    assert after(told, "4 hours") == [("ada", "Reminder: ")]
    assert story(told, point) == [(RUNGS[0], "Ada"), (RUNGS[1], "nobody else"), (RUNGS[2], "nobody else")]


def test_whoever_heard_of_it_hears_its_end(three: Told) -> None:
    point = three.office.ask(three.office.case(), spend("60"))
    three.carry()
    after(three, "4 hours")
    press(three, point)
    assert sorted(after(three, "4 hours")) == [("ada", "Re: "), ("bob", "Re: "), ("mia", "Re: ")]


def test_two_porters_and_one_that_dies_in_between_tell_everybody_once(three: Told) -> None:
    points = [three.office.ask(three.office.case(f"case-{number}"), spend("60")) for number in range(3)]
    three.carry()
    later(three.office, "4 hours")
    at_once([partial(climb, three)] * 3)
    for point in points:
        assert [event for event, _ in story(three, point)] == list(RUNGS)
    at_once([lambda: errands.carry_next(three.office.desk, TELLERS, lane="mail")] * 3)
    three.carry()
    with three.office.desk.transaction() as tx:
        for point in points:
            nudge(tx, point)
    three.carry()
    told = [(mail["To"].addresses[0].username, mail["Subject"]) for mail in three.post.mails]
    assert len(told) == len(set(told)) == 3 * 4


def test_the_porter_sleeps_until_the_next_is_due(three: Told) -> None:
    assert escalating.seconds_to_next(three.office.desk) is None
    point = three.office.ask(three.office.case(), spend("60"))
    seconds = escalating.seconds_to_next(three.office.desk)
    assert seconds is not None
    assert 3590 < seconds <= 3600
    later(three.office, "4 hours")
    assert escalating.seconds_to_next(three.office.desk) == escalating.SHORTEST_REST
    climb(three)
    press(three, point)
    assert escalating.seconds_to_next(three.office.desk) is None


def test_the_porter_climbs_in_its_rounds(told: Told) -> None:
    point = told.office.ask(told.office.case(), spend("60"))
    later(told.office, "4 hours")
    porter.work_off(told.office.desk, Event())
    assert [event for event, _ in story(told, point)] == list(RUNGS)


def test_what_has_expired_is_not_said_to_wait(three: Told) -> None:
    point = three.office.ask(three.office.case(), spend("60"))
    three.carry()
    later(three.office, "31 days")
    climb(three)
    assert (story(three, point), escalating.expire_next(three.office.desk)) == ([], True)
    assert after(three, "31 days") == [("ada", "Re: ")]
