"""An agent that takes its credential and never says so: the desk ends that permit, and asks nobody."""

import json
from uuid import UUID

import pytest

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import acting
from checkpoints.actions.credentials import giving, redeeming
from checkpoints.actions.credentials.life import reissuing, revoking
from checkpoints.actions.from_outside.agents import admitting, asking, settling, taking
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Press, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import Wanted
from checkpoints.core.work.services.handing import Handed, Restrictions
from checkpoints.store.from_outside.agents import Agent
from checkpoints.store.runs import Run
from tests.integration.desk.moments import at_once, later
from tests.integration.from_outside.agents.serving import Let
from tests.stage.desks import Office, spend
from to_tools.cli.doctor import work

KEY = "SG.canarycanary12345.canarycanarycanarycanary"
HANDED = Handed("cases/sample/1/x", "s.token")


@pytest.fixture
def agent(office: Office, scout: Let) -> Agent:
    return admitting.by_token(office.asker, scout.token)


@pytest.fixture
def given(office: Office, agent: Agent) -> Checkpoint:
    """It asked, and Ada gave it for half an hour."""
    held = Restrictions(minutes=30)
    wanted = Wanted("sample", "Sample", "SendGrid", restrictions=held, agent=agent.signs, opens=asking.opens(None))
    point = asking.ask(office.asker, agent, "key-0001", {"said": 1}, wanted).point
    return give(office, point)


def give(office: Office, point: Checkpoint) -> Checkpoint:
    office.receive()
    return giving.give(office.desk, office.ada, press(point), {"api_key": KEY})


def press(point: Checkpoint) -> Press:
    return Press(point.id, point.revision, point.digest, Verdict.APPROVE)


class Sandbox:
    """Redeems tickets, as the process does that has the vault."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def hand(self, case: str, ticket: UUID) -> Handed:
        redeeming.redeem(self.office.desk, ticket, case, "agent", "10.0.0.1")
        return HANDED


class Killed(BaseException):
    """In the midst of it."""


def killed(case: str, ticket: UUID) -> Handed:
    raise Killed


def said(office: Office, point: Checkpoint) -> list[tuple[str, str | None]]:
    """(event, when it was handed over) of what the desk said of its agent."""
    lines = [line for line in reading.history(office.desk, point.label).lines if line.event == "agent never reported"]
    return [(line.event, json.loads(line.body)["handed_at"]) for line in lines]


def settled(office: Office, point: Checkpoint) -> Permit | None:
    while settling.settle_next(office.desk):
        pass
    return office.show(point).permit


def test_what_was_handed_over_and_never_reported_is_done_and_nobody_is_asked(
    office: Office, agent: Agent, given: Checkpoint
) -> None:
    taking.take(office.asker, agent, given.label, Sandbox(office).hand)
    later(office, "14 minutes")
    assert settled(office, given) is Permit.BEGUN
    later(office, "16 minutes")
    assert settled(office, given) is Permit.DONE
    ((_, handed_at),) = said(office, given)
    assert handed_at is not None
    assert not [line for line in reading.inbox(office.desk).points if line.kind == "reconcile"]
    # Whoever is late says what is known; and what was approved is opened again, with a line each time.
    taking.done(office.asker, agent, given.label)
    taking.take(office.asker, agent, given.label, Sandbox(office).hand)
    assert len(said(office, given)) == 1


def test_another_opening_that_was_made_just_now_has_its_own_time_to_be_reported(
    office: Office, agent: Agent, given: Checkpoint
) -> None:
    with pytest.raises(Killed):
        taking.take(office.asker, agent, given.label, killed)
    later(office, "16 minutes")
    taking.take(office.asker, agent, given.label, Sandbox(office).hand)
    assert settled(office, given) is Permit.BEGUN
    later(office, "32 minutes")
    assert settled(office, given) is Permit.DONE


def test_where_nothing_was_handed_over_the_permit_holds_and_it_takes_it_after_all(
    office: Office, agent: Agent, given: Checkpoint
) -> None:
    with pytest.raises(Killed):
        taking.take(office.asker, agent, given.label, killed)
    later(office, "16 minutes")
    assert settled(office, given) is Permit.FAILED
    assert said(office, given) == [("agent never reported", None)]
    with pytest.raises(IllegalMove, match="not handed over"):
        taking.done(office.asker, agent, given.label)
    taking.take(office.asker, agent, given.label, Sandbox(office).hand)
    taking.done(office.asker, agent, given.label)
    assert office.show(given).permit is Permit.DONE


def test_two_porters_end_it_once(office: Office, agent: Agent, given: Checkpoint) -> None:
    taking.take(office.asker, agent, given.label, Sandbox(office).hand)
    later(office, "1 hour")
    at_once([lambda: settling.settle_next(office.desk)] * 2)
    assert settled(office, given) is Permit.DONE
    assert len(said(office, given)) == 1


def test_what_a_run_of_ours_began_is_left_to_its_run(office: Office, run: Run) -> None:
    point = office.ask(run, spend())
    approved = deciding.answer(office.desk, office.ada, press(point))
    acting.begin(office.asker, run, approved, "act", approved.digest, {})
    later(office, "1 hour")
    assert settled(office, point) is Permit.BEGUN


def test_doctor_names_it_only_when_the_porter_should_have_ended_it(
    office: Office, agent: Agent, given: Checkpoint
) -> None:
    taking.take(office.asker, agent, given.label, Sandbox(office).hand)

    def named() -> list[tuple[str, str]]:
        with office.desk.transaction() as tx:
            return [(one.mark, one.do) for one in work.permits(tx, office.settings)]

    later(office, "10 minutes")
    assert [mark for mark, _ in named()] == ["ok"]
    later(office, "40 minutes")
    assert named() == [("wrong", "countersign restart porter")]


def test_what_is_asked_anew_in_its_branch_is_taken_as_well(office: Office, agent: Agent, given: Checkpoint) -> None:
    taking.take(office.asker, agent, given.label, Sandbox(office).hand)
    taking.done(office.asker, agent, given.label)
    office.enrol(office.ada)
    revoking.revoke(office.desk, office.ada, given.label, "it stood in a chat")
    with pytest.raises(Refused):
        taking.take(office.asker, agent, given.label, Sandbox(office).hand)
    again = reissuing.reissue(office.desk, office.ada, given.label, "it is needed still")
    give(office, again)
    taking.take(office.asker, agent, again.label, Sandbox(office).hand)
    taking.done(office.asker, agent, again.label)
    assert office.show(again).permit is Permit.DONE
