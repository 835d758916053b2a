"""Errands: promised with the fact, carried by one at a time, tried again until done."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from threading import Event
from typing import get_args
from uuid import uuid4

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import submitting, waiting
from checkpoints.actions.errands import LONGEST_WAIT, carry_next, seconds_to_next
from checkpoints.core.errors import Busy, Unavailable
from checkpoints.core.model import Verdict
from checkpoints.store import errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.work.waits import Wait
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office, spend
from to_tools import porter

HOLD = timedelta(minutes=1)


@pytest.fixture
def promise(office: Office) -> Callable[[], None]:
    """One errand, and no other."""
    with office.desk.transaction() as tx:
        tx.execute(text("update desk.errand set done_at = desk.desk_now()"))

    def add() -> None:
        with office.desk.transaction() as tx:
            errands.add(tx, "tell", "ada", {"what": "hello"})

    add()
    return add


def claim(desk: Desk) -> Errand | None:
    with desk.transaction() as tx:
        return errands.claim(tx, HOLD)


def test_of_many_porters_one_claims_it(office: Office, promise: Callable[[], None]) -> None:
    claimed = at_once([partial(claim, office.desk)] * 8)
    assert sum(one is not None for one in claimed) == 1


def test_a_porter_that_died_keeps_it_for_a_minute_only(office: Office, promise: Callable[[], None]) -> None:
    assert claim(office.desk) is not None
    assert claim(office.desk) is None
    later(office, "61 seconds")
    again = claim(office.desk)
    assert again is not None
    assert again.tries == 2


def test_a_run_that_waits_comes_before_a_new_one_and_that_before_how_runs_are_named(
    office: Office, promise: Callable[[], None]
) -> None:
    with office.desk.transaction() as tx:
        for kind in ("label", "start", "wake", "again"):
            errands.add(tx, kind, "sample", {})
    carried: list[str] = []

    def carry(_: Desk, errand: Errand) -> None:
        carried.append(errand.kind)

    while carry_next(office.desk, dict.fromkeys(("label", "start", "wake", "again", "tell"), carry)):
        pass
    assert set(carried[:2]) == {"wake", "again"}
    assert set(carried[2:4]) == {"start", "tell"}
    assert carried[4:] == ["label"]


@pytest.fixture
def crowd(office: Office) -> list[str]:
    """More runs to wake than are woken at once, in the order in which they were answered."""
    keys = [str(number) for number in range(errands.AWAKE_AT_ONCE + 2)]
    for key in keys:
        with office.desk.transaction() as tx:
            tx.execute(
                text("update desk.errand set done_at = desk.desk_now() where kind <> 'wake' and done_at is null")
            )
            errands.add(tx, "wake", key, {})
    return keys


def test_of_many_that_were_answered_at_once_the_last_has_its_turn_as_the_first(
    office: Office, crowd: list[str]
) -> None:
    with office.desk.transaction() as tx:
        woken = [errands.claim(tx, HOLD, newest=newest) for newest in (False, True, False, True)]
    assert [errand.key for errand in woken if errand] == [crowd[0], crowd[-1], crowd[1], crowd[-2]]


def test_only_so_many_are_awake_and_have_not_read_their_answer(office: Office, crowd: list[str]) -> None:
    awake = [claim(office.desk) for _ in range(errands.AWAKE_AT_ONCE)]
    assert claim(office.desk) is None
    # Nor does the porter turn in circles while they wait.
    assert (seconds_to_next(office.desk) or 0) > 10
    with office.desk.transaction() as tx:
        assert awake[0] is not None
        errands.close(tx, awake[0])
    following = claim(office.desk)
    assert following is not None
    assert following.key == crowd[errands.AWAKE_AT_ONCE]


def test_runs_that_never_read_their_answer_hold_up_nobody_for_good(office: Office, crowd: list[str]) -> None:
    for _ in range(errands.AWAKE_AT_ONCE):
        assert claim(office.desk) is not None
    with office.desk.transaction() as tx:
        tx.execute(text("update desk.errand set tries = 9 where tries > 0 and done_at is null"))
    assert claim(office.desk) is not None


def test_what_is_promised_again_before_it_is_carried_is_carried_once(
    office: Office, promise: Callable[[], None]
) -> None:
    promise()
    carried: list[Errand] = []
    while carry_next(office.desk, {"tell": lambda _, errand: carried.append(errand)}):
        pass
    assert [errand.version for errand in carried] == [2]


@pytest.mark.promise("A4.5")
def test_what_is_promised_again_while_it_is_carried_is_carried_once_more(
    office: Office, promise: Callable[[], None]
) -> None:
    carried: list[int] = []

    def carry(_: Desk, errand: Errand) -> None:
        carried.append(errand.version)
        if len(carried) == 1:
            promise()

    while carry_next(office.desk, {"tell": carry}):
        pass
    assert carried == [1, 2]
    assert seconds_to_next(office.desk) is None


@pytest.mark.parametrize("trouble", [Unavailable("away"), KeyError("ours")], ids=["theirs", "ours"])
def test_one_that_fails_comes_again_ever_later_and_at_least_twice_a_minute(
    office: Office, promise: Callable[[], None], trouble: Exception
) -> None:
    def fail(_: Desk, errand: Errand) -> None:
        raise trouble

    waits = []
    for round in range(12):
        later(office, f"{round} minutes")
        assert carry_next(office.desk, {"tell": fail})
        waits.append(seconds_to_next(office.desk) or 0)
    # The first ones are shorter than a slow machine's hiccup.
    assert waits[0] <= 0.1
    assert all(one < other for one, other in pairwise(waits[4:9]))
    assert waits[-1] == pytest.approx(LONGEST_WAIT.total_seconds(), abs=2)


def test_one_that_was_put_off_is_due_at_once_when_there_is_news_for_it(
    office: Office, promise: Callable[[], None]
) -> None:
    def fail(_: Desk, errand: Errand) -> None:
        raise Unavailable("not yet")

    for round in range(8):
        later(office, f"{round} minutes")
        assert carry_next(office.desk, {"tell": fail})
    assert (seconds_to_next(office.desk) or 0) > 10
    promise()
    assert (seconds_to_next(office.desk) or 0) <= 0


def test_one_that_nobody_here_carries_waits_for_somebody_who_does(office: Office, promise: Callable[[], None]) -> None:
    assert carry_next(office.desk, {})
    later(office, "1 minute")
    carried: list[str] = []
    assert carry_next(office.desk, {"tell": lambda _, errand: carried.append(errand.key)})
    assert carried == ["ada"]


def test_what_is_rolled_back_promised_nothing(office: Office, promise: Callable[[], None]) -> None:
    def promise_and_fail() -> None:
        with office.desk.transaction() as tx:
            errands.add(tx, "tell", "bob", {})
            raise Unavailable("the disk is full")

    with pytest.raises(Unavailable):
        promise_and_fail()
    first = claim(office.desk)
    assert first is not None
    assert first.key == "ada"
    assert claim(office.desk) is None


def test_an_answer_promises_to_wake_who_asked(office: Office, promise: Callable[[], None]) -> None:
    run = office.case()
    point = office.ask(run, spend("60"))
    deciding.answer(office.desk, office.ada, deciding.Press(point.id, 1, point.digest, Verdict.APPROVE))
    promised: list[Errand] = []
    while (errand := claim(office.desk)) is not None:
        promised.append(errand)
    (wake,) = [errand for errand in promised if errand.kind == "wake"]
    assert wake.body == {"run": str(run.id)}


def test_a_run_that_sleeps_for_the_next_revision_is_not_woken_for_the_last(office: Office) -> None:
    run = office.case()
    point = office.ask(run, spend("60"))
    waiting.sleep_for(office.asker, run, Wait(checkpoint_id=point.id))
    wish = deciding.Press(point.id, 1, point.digest, Verdict.CHANGES, note="cheaper")
    deciding.answer(office.desk, office.ada, wish)
    assert reading.has_news(office.desk, run.id)
    waiting.mark_read(office.asker, run)
    submitting.revise(office.asker, run, point, spend("55"))
    office.receive()
    waiting.sleep_for(office.asker, run, Wait(checkpoint_id=point.id))
    assert not reading.has_news(office.desk, run.id)
    yes = deciding.Press(point.id, 2, office.show(point).digest, Verdict.APPROVE)
    deciding.answer(office.desk, office.ada, yes)
    assert reading.has_news(office.desk, run.id)


def test_a_porter_that_is_told_to_stop_leaves_what_is_left_to_the_next(
    office: Office, promise: Callable[[], None]
) -> None:
    stop = Event()
    stop.set()
    with office.desk.transaction() as tx:
        for name in "abc":
            errands.add(tx, "stop", name, {"run": str(uuid4())})
    porter.work_off(office.desk, stop)
    with office.desk.transaction() as tx:
        tried = tx.execute(text("select count(*) from desk.errand where kind = 'stop' and tries > 0")).scalar_one()
    assert tried <= 1


def test_what_tells_by_mail_and_in_slack_and_all_else_are_carried_beside_one_another(
    office: Office, promise: Callable[[], None]
) -> None:
    with office.desk.transaction() as tx:
        for kind in ("tell:mail", "tell:slack", "tell:account"):
            errands.add(tx, kind, "ada", {})
    carried: list[str] = []

    def carry(_: Desk, errand: Errand) -> None:
        carried.append(errand.kind)

    for lane in get_args(errands.Lane):
        while carry_next(
            office.desk, dict.fromkeys(("tell", "tell:mail", "tell:slack", "tell:account"), carry), lane=lane
        ):
            pass
        carried.append("|")
    assert carried[:2] == ["tell", "|"]
    assert set(carried[2:4]) == {"tell:mail", "tell:account"}
    assert carried[4:] == ["|", "tell:slack", "|"]


def test_one_that_waits_for_its_turn_in_slack_is_due_at_once_when_there_is_news_and_not_while_it_is_in_hand(
    office: Office, promise: Callable[[], None]
) -> None:
    def add() -> None:
        with office.desk.transaction() as tx:
            errands.add(tx, "tell:slack", "point", {"checkpoint": "one"})

    def due() -> float:
        return seconds_to_next(office.desk, lane="slack") or 0

    def wait(_: Desk, errand: Errand) -> None:
        if errand.version == 3:
            add()
            assert due() > 10, "in hand, it is nobody else's"
        raise Busy("", timedelta(seconds=30))

    add()
    assert carry_next(office.desk, {"tell:slack": wait}, lane="slack")
    assert due() > 10
    add()
    assert due() <= 0
    assert carry_next(office.desk, {"tell:slack": wait}, lane="slack")
    assert due() > 10
    add()
    assert carry_next(office.desk, {"tell:slack": wait}, lane="slack")
    assert due() <= 0, "what came meanwhile may be said at once"
