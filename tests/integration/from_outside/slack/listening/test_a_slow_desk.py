"""Slack hears at once that something came, however slow the database is; what people then see is true."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text

from checkpoints.core.lifecycle import State
from tests.fakes.slack.wires import Sent
from tests.fakes.slack.workspace import Message
from tests.fakes.slack.workspace import User as Member
from tests.integration.from_outside.slack.listening.floors import Floor
from tests.stage.desks import spend

AT_ONCE = 16
SLOW_S = 5
IN_TROUBLE = """
    create function desk.trouble() returns trigger language plpgsql as $$ begin {does}; return null; end $$;
    create trigger trouble before insert on desk.slack_payload for each statement execute function desk.trouble()"""


@contextmanager
def trouble(floor: Floor, does: str) -> Iterator[None]:
    """What the database does before it records the first that it is told of a press."""
    owner = create_engine(floor.office.settings.url_for("owner"))
    with owner.begin() as tx:
        tx.execute(text(IN_TROUBLE.format(does=does)))
    try:
        yield
    finally:
        with owner.begin() as tx:
            tx.execute(text("drop trigger trouble on desk.slack_payload; drop function desk.trouble()"))
        owner.dispose()


@pytest.mark.promise("G2.1", "G2.2")
def test_sixteen_presses_at_once_are_each_acked_in_time_and_then_said_to_be_what_they_are(floor: Floor) -> None:
    run = floor.office.case("slow")
    points = [floor.office.ask(run, spend("60"), f"question {number}") for number in range(AT_ONCE)]
    messages = [floor.hang(point) for point in points]
    mira = floor.member(floor.office.mira)
    presses = [(floor.ada if number % 2 else mira, message) for number, message in enumerate(messages)]
    sent: list[Sent] = []

    def press(who: Member, message: Message) -> None:
        sent.append(floor.slack.press(who, message, "approve"))

    with trouble(floor, f"perform pg_sleep({SLOW_S})"):
        threads = [threading.Thread(target=press, args=one) for one in presses]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert max(one.acked_ms or 99_999 for one in sent) < 3_000
        # Nobody was told anything yet, for nothing is recorded.
        assert [*floor.hears(floor.ada), *floor.hears(mira)] == []
        assert all(floor.office.show(point).state is State.OPEN for point in points)
        floor.wait(lambda: len(floor.hears(floor.ada)) == len(floor.hears(mira)) == AT_ONCE // 2)
    assert {floor.office.show(point).state for point in points[1::2]} == {State.APPROVED}
    assert {floor.office.show(point).answers for point in points[::2]} == {()}
    assert all("Recorded for" in one.reads for one in floor.hears(floor.ada))
    assert all("Nothing was recorded" in one.reads for one in floor.hears(mira))


@pytest.mark.promise("G2.2")
def test_what_the_database_did_not_take_is_said_not_to_be_recorded_with_what_was_typed(floor: Floor) -> None:
    point = floor.asks(spend("60"))
    message = floor.hang(point)
    floor.slack.press(floor.ada, message, "reject")
    modal = floor.slack.modal(floor.ada)
    with trouble(floor, "raise exception 'no' using errcode = '53300'"):
        assert floor.slack.submit(floor.ada, modal, {"why": "Too dear."}).acked
        floor.wait(lambda: "Not recorded" in json.dumps(floor.slack.space.views[modal.id].body))
    assert "Too dear." in json.dumps(floor.slack.space.views[modal.id].body)
    assert floor.office.show(point).state is State.OPEN
