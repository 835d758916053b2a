"""A failed unwrap, or a second opening of what opens once: nobody opens it any more, and people are asked, once."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from checkpoints.actions import errands, reading
from checkpoints.actions.by_runs import acting, opening
from checkpoints.actions.credentials import alarming, forgetting, redeeming
from checkpoints.core.errors import Intercepted, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Priority, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.credentials.checking import Sandbox
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from checkpoints.store.secret.opened import noted
from flows.delivery.phases.credentials import provide_credential
from flows.outcomes import Refusal, Settled
from tests.integration.credentials.asked import KEY, give, project, sandbox_line
from tests.integration.credentials.taking.thief import Watched
from tests.integration.desk.moments import at_once
from tests.stage.desks import Office
from tests.stage.passes import Passes, passes

RUNG = "credential may have been read by somebody else"


@pytest.fixture
def watched(desk: Desk) -> Watched:
    return Watched(desk.home)


@pytest.fixture
def sandbox(desk: Desk, watched: Watched) -> Desk:
    """The desk as the sandbox process has it."""
    return replace(desk, credentials=watched)


@pytest.fixture
def begun(desk: Desk, office: Office, run: Run, point: Checkpoint) -> Checkpoint:
    """Given, and being handed over."""
    given = give(desk, office.ada, point)
    assert given.decision is not None
    acting.begin(office.asker, run, given, "hand over", given.digest, given.decision.fields)
    return given


def rung(office: Office, point: Checkpoint) -> list[dict[str, object]]:
    lines = reading.history(office.desk, point.label).lines
    return [json.loads(line.body) for line in lines if line.event == RUNG]


def asked(office: Office, run: Run) -> list[Checkpoint]:
    """The tasks that people have by alarms."""
    office.receive()
    cards = reading.story(office.desk, run.case).cards
    return [shown.point for shown in cards if shown.point.request.kind == "manual-task"]


@pytest.mark.promise("F2.2")
def test_what_its_user_can_t_unwrap_opens_nothing_any_more_and_a_person_is_told_at_once(
    office: Office, run: Run, begun: Checkpoint, sandbox: Desk, watched: Watched
) -> None:
    ticket = opening.open_check(office.asker, run, begun, "to check it")
    (other,) = opening.open_for_release(office.asker, run, ["pocket"], "staging")
    opened = redeeming.redeem(sandbox, ticket, run.case, "check")
    outstanding = watched.hand(opened.grant)
    with watched.robbed(), pytest.raises(Intercepted):
        redeeming.taken(sandbox, opened)
    (line,) = rung(office, begun)
    assert (line["service"], line["to_be_opened_by"], line["version"]) == ("pocket", "the run of main", 1)
    (task,) = asked(office, run)
    assert line["asked"] == task.label
    assert (task.state, task.request.priority) == (State.OPEN, Priority.CRITICAL)
    assert "make another there, revoke the old one" in task.request.action
    # Closed, and opened by nobody: an end, and no second theft.
    with pytest.raises(Refused, match="opens nothing any more") as no:
        watched.take(outstanding)
    assert not isinstance(no.value, Intercepted)
    with pytest.raises(Refused, match="its credential has ended"):
        redeeming.redeem(sandbox, other, run.case)
    with pytest.raises(Refused, match="No credential was given for pocket"):
        opening.open_for_release(office.asker, run, ["pocket"], "staging")
    assert redeeming.reopen(sandbox, run.case, "a restart") == ()
    assert KEY not in repr(line) + repr(task.request)


@pytest.mark.promise("F2.2")
def test_many_who_notice_one_theft_ring_once(office: Office, run: Run, begun: Checkpoint, sandbox: Desk) -> None:
    ticket = opening.open_check(office.asker, run, begun, "to check it")
    at_once([partial(alarming.sound, sandbox, ticket, f"noticed by {n}") for n in range(6)])
    alarming.sound(sandbox, ticket, "noticed again")
    assert len(rung(office, begun)) == 1
    assert len(asked(office, run)) == 1
    assert list(noted.noted(sandbox.home)) == []


@pytest.mark.promise("F2.2")
def test_a_second_opening_of_what_opens_once_is_an_alarm_that_the_desk_rings(
    desk: Desk, office: Office, run: Run, begun: Checkpoint
) -> None:
    opening.open_check(office.asker, run, begun, "to check it")
    with pytest.raises(Refused, match="may be opened once, and was"):
        opening.open_check(office.asker, run, begun, "again")
    while errands.carry_next(desk, {"alarm": alarming.carry, "forget": forgetting.forget}):
        pass
    (line,) = rung(office, begun)
    assert "a second time" in str(line["why"])
    assert len(asked(office, run)) == 1


@pytest.mark.promise("F2.2")
def test_a_ticket_that_is_used_twice_is_an_alarm(desk: Desk, office: Office, run: Run, begun: Checkpoint) -> None:
    ticket = opening.open_check(office.asker, run, begun, "to check it")
    redeeming.redeem(desk, ticket, run.case, "check")
    with pytest.raises(Refused, match="opens nothing"):
        redeeming.redeem(desk, ticket, run.case, "check")
    assert len(rung(office, begun)) == 1


@pytest.mark.promise("F2.2")
def test_an_alarm_that_was_noted_when_its_process_was_killed_is_rung_by_the_porter(
    desk: Desk, office: Office, run: Run, begun: Checkpoint
) -> None:
    ticket = opening.open_check(office.asker, run, begun, "to check it")
    noted.note(desk.home, ticket, "the token was opened before")
    (desk.home / noted.FOLDER / f"{uuid4()}.json").write_text("torn")
    (desk.home / noted.FOLDER / "odd.json").write_text("{}")
    assert alarming.sound_noted(desk)
    assert not alarming.sound_noted(desk)
    (line,) = rung(office, begun)
    assert line["why"] == "the token was opened before"


def test_an_agent_rings_for_its_own_case_alone_and_its_words_are_quoted(
    desk: Desk, office: Office, run: Run, begun: Checkpoint
) -> None:
    ticket = opening.open_check(office.asker, run, begun, "to check it")
    for known, case in ((ticket, "other"), (uuid4(), run.case)):
        with pytest.raises(Refused, match="Nobody was told"):
            alarming.alarm(desk, known, case, "mine")
    assert rung(office, begun) == []
    alarming.alarm(desk, ticket, run.case, "400 from\nthe vault " + "x" * 5000)
    (line,) = rung(office, begun)
    assert "could not open what it was handed: “400 from�the vault" in str(line["why"])
    assert len(str(line["why"])) < 400


End = Settled | Refusal
Branch = Callable[[], Passes[End]]


@pytest.fixture
def line(sandbox: Desk) -> Iterator[Sandbox]:
    with tempfile.TemporaryDirectory() as folder, sandbox_line(sandbox, Path(folder) / "s") as listening:
        yield Sandbox(listening.path)


@pytest.fixture
def branch(office: Office, line: Sandbox, services: str) -> Passes[End]:
    """Pocket's credential, asked for by a run that can have it checked."""
    found = passes(office, "sample", lambda work: provide_credential(work, project(), "pocket"))
    desk = replace(found.work.desk, services=line, sandbox_url=services)
    made = replace(found, work=replace(found.work, desk=desk))
    made.go()
    return made


def handed(desk: Desk, branch: Passes[End]) -> End | None:
    """Ada gives it to the newest question, and the run goes on."""
    give(desk, branch.office.ada, branch.points()[-1])
    return branch.go()


@pytest.mark.promise("F2.2")
def test_the_run_stops_and_asks_for_another_once_a_person_made_it(
    desk: Desk, branch: Passes[End], watched: Watched
) -> None:
    with watched.robbed():
        assert handed(desk, branch) is None
    assert watched.loot == [{"consumer_key": KEY}]
    first, task = branch.points()
    assert (first.permit, task.state, task.kind) == (Permit.FAILED, State.OPEN, "manual-task")
    assert branch.answer(2, Verdict.APPROVE, {"outcome": "done"}) is None
    first, _, another = branch.points()
    assert (first.state, another.kind) == (State.VOID, "api-credential")
    assert "somebody may have read the value before" in another.request.changed[0]
    assert isinstance(handed(desk, branch), Settled)
    assert len(branch.points()) == 3


@pytest.mark.promise("F2.2")
def test_one_that_was_checked_long_ago_and_is_read_at_a_deployment_is_asked_for_anew(
    desk: Desk, office: Office, branch: Passes[End], sandbox: Desk, watched: Watched
) -> None:
    assert isinstance(handed(desk, branch), Settled)
    with office.desk.transaction() as tx:
        runs.end(tx, branch.work.run.id, "done", "checked")
    (opened,) = redeeming.reopen(sandbox, "sample", "the sandbox was started again")
    with watched.robbed(), pytest.raises(Intercepted):
        redeeming.taken(sandbox, opened)
    with office.desk.transaction() as tx:
        (again,) = runs.alive(tx, branch.work.run.case_id)
    branch = replace(branch, work=replace(branch.work, run=again))
    assert branch.go() is None
    assert branch.answer(2, Verdict.APPROVE, {"outcome": "done"}) is None
    assert isinstance(handed(desk, branch), Settled)
    first, _, another = branch.points()
    assert (first.permit, another.permit) == (Permit.DONE, Permit.DONE)
    (kept,) = [each for each in redeeming.of_case(desk, "sample") if each.ended_at is None]
    assert kept.checkpoint == another.label
