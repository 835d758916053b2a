"""The run that looks after a project: one question for all alarms, what its answer does, once; a word each day."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from checkpoints.actions import reading
from checkpoints.actions.by_runs import taking
from checkpoints.actions.from_outside import arriving, probing
from checkpoints.core.errors import Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Json, Verdict
from checkpoints.core.work.release import Deployed, Environment
from checkpoints.store import runs
from checkpoints.store.runs import Run
from flows.delivery.phases.care import care
from flows.outcomes import Refusal
from tests.fakes.shelf import Shelf
from tests.integration.desk.moments import later
from tests.integration.from_outside.arrivals.production import Production, running_production
from tests.integration.from_outside.arrivals.sending import monitored
from tests.stage.desks import Office
from tests.stage.passes import Passes, passes
from tests.unit.delivery.test_agents import PROJECT

LIVE = Environment.PRODUCTION


@pytest.fixture
def production() -> Iterator[Production]:
    made = Production()
    with running_production(made):
        yield made


@pytest.fixture
def shelf() -> Shelf:
    """Two releases were served in production, one after the other."""
    made = Shelf()
    for content in ("one", "two"):
        made.content = content
        made.deploy("sample", LIVE, made.build("sample", ".").digest, ())
    made.ran.clear()
    return made


class Away(Shelf):
    """A sandbox that doesn't answer."""

    def current(self, case: str, environment: Environment) -> Deployed | None:
        raise Unavailable("The sandbox does not answer. Try again.")


def alarm(office: Office, key: str, **body: Json) -> None:
    arriving.arrive(office.desk, "sample", "alarm", key, body or {"summary": f"alarm {key}"})


def caring(office: Office, shelf: Shelf, production: Production) -> Passes[Refusal]:
    """The passes of the newest run, which looks after the case `sample`."""
    made = passes(office, "sample", lambda work: care(work, replace(PROJECT, slug="sample")), deployer=shelf)
    work = replace(made.work, desk=replace(made.work.desk, sandbox_url=production.url))
    assert work.run.branch == "care"
    return replace(made, work=work)


@pytest.fixture
def cared(office: Office, run: Run, shelf: Shelf, production: Production) -> Passes[Refusal]:
    """One alarm is there, and asked about."""
    monitored(office, run)
    alarm(office, "one", summary="<b>down</b>", alarm="disk")
    made = caring(office, shelf, production)
    made.go()
    return made


def untaken(cared: Passes[Refusal]) -> list[str]:
    return [arrival.key for arrival in taking.untaken(cared.work.desk, cared.work.run, "alarm")]


def days(office: Office, cared: Passes[Refusal]) -> list[tuple[str, str]]:
    with office.desk.transaction() as tx:
        return runs.statuses(tx, cared.work.run.case_id, 10)


def test_an_alarm_is_a_critical_question_with_what_we_know_and_what_the_sender_says_apart(
    cared: Passes[Refusal], shelf: Shelf
) -> None:
    asked = cared.points()[-1]
    assert (asked.kind, asked.request.priority, asked.state) == ("escalation", "CRITICAL", State.OPEN)
    assert asked.deadline_at is not None
    assert (asked.deadline_at - asked.asked_at).total_seconds() == pytest.approx(15 * 60, abs=1)
    facts = {fact.label: fact.value for fact in asked.request.facts}
    served = shelf.served[LIVE]
    assert served.digest[:4] in facts["Production serves"]
    assert served.address in facts["Production serves"]
    assert facts["Health now"].startswith("well: status 200")
    assert facts["Thresholds"] == "p95 300 ms, errors 10 %"
    assert "down" not in str(facts)
    assert "“<b>down</b>”" in asked.request.details
    assert asked.request.subject.parameters["back_to"] == served.before
    assert untaken(cared) == ["one"]


def test_what_rings_while_one_is_asked_about_is_one_question_afterwards(cared: Passes[Refusal], office: Office) -> None:
    for key in ("two", "three"):
        alarm(office, key)
        cared.go()
    before = len(cared.points())
    cared.answer(before, Verdict.APPROVE, {"next": "watch on"})
    (asked,) = cared.points()[before:]
    assert asked.request.action.endswith("2 alarms")
    assert untaken(cared) == ["two", "three"]
    cared.answer(before + 1, Verdict.APPROVE, {"next": "watch on"})
    assert untaken(cared) == []
    assert len(cared.points()) == before + 1


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
def test_watching_on_and_a_no_do_nothing_and_the_next_alarm_is_asked_about(
    cared: Passes[Refusal], office: Office, shelf: Shelf, verdict: Verdict
) -> None:
    number = len(cared.points())
    cared.answer(number, verdict, {"next": "watch on"} if verdict is Verdict.APPROVE else {})
    alarm(office, "two", alarm="disk")
    cared.go()
    assert len(cared.points()) == number + 1
    assert shelf.ran == []


def test_after_a_stop_this_alarm_is_only_counted_while_this_release_is_served(
    cared: Passes[Refusal], office: Office, shelf: Shelf
) -> None:
    number = len(cared.points())
    cared.answer(number, Verdict.APPROVE, {"next": "stop"})
    alarm(office, "two", alarm="disk")
    cared.go()
    assert (len(cared.points()), untaken(cared)) == (number, [])
    alarm(office, "three", alarm="memory")
    cared.go()
    assert len(cared.points()) == number + 1
    cared.answer(number + 1, Verdict.APPROVE, {"next": "watch on"})
    shelf.content = "three"
    shelf.deploy("sample", LIVE, shelf.build("sample", ".").digest, ())
    alarm(office, "four", alarm="disk")
    cared.go()
    assert len(cared.points()) == number + 2


def test_rolling_back_is_asked_with_its_own_factor_and_done_once(
    cared: Passes[Refusal], office: Office, shelf: Shelf
) -> None:
    number, before = len(cared.points()), shelf.served[LIVE].before
    cared.answer(number, Verdict.APPROVE, {"next": "roll back"})
    asked = cared.points()[-1]
    assert (asked.kind, asked.request.subject.parameters["release"]) == ("production-deployment", before)
    assert asked.requirement is not None
    assert asked.requirement.step_up
    assert untaken(cared) == ["one"]
    office.enrol(office.ada)
    cared.answer(number + 1, Verdict.APPROVE)
    assert shelf.served[LIVE].digest == before
    assert [done for done in shelf.ran if done.startswith("deploy")] == [f"deploy production {before[:4]}"]
    assert untaken(cared) == []
    alarm(office, "two")
    cared.go()
    # What was put back offers no way to what it replaced.
    assert [value for value, _ in cared.points()[-1].request.fields[0].choices] == ["watch on", "stop"]
    assert (len(cared.points()), cared.points()[-1].kind) == (number + 2, "escalation")


def test_nothing_to_go_back_to_is_no_choice(office: Office, run: Run, shelf: Shelf, production: Production) -> None:
    shelf.served[LIVE] = replace(shelf.served[LIVE], before=None)
    alarm(office, "one")
    cared = caring(office, shelf, production)
    cared.go()
    (asked,) = cared.points()
    assert [value for value, _ in asked.request.fields[0].choices] == ["watch on", "stop"]


def test_a_kill_between_the_effect_and_the_taking_repeats_nothing(
    cared: Passes[Refusal], office: Office, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = len(cared.points())
    office.enrol(office.ada)
    cared.answer(number, Verdict.APPROVE, {"next": "roll back"})

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as torn:
        torn.setattr(taking, "take", killed)
        with pytest.raises(KeyboardInterrupt):
            cared.answer(number + 1, Verdict.APPROVE)
    done = list(shelf.ran)
    assert untaken(cared) == ["one"]
    cared.go()
    assert (shelf.ran, untaken(cared), len(cared.points())) == (done, [], number + 1)


def test_each_day_has_one_status(cared: Passes[Refusal], office: Office, shelf: Shelf, production: Production) -> None:
    number = len(cared.points())
    assert days(office, cared) == []
    cared.answer(number, Verdict.APPROVE, {"next": "watch on"})
    cared.go()
    ((today, says),) = days(office, cared)
    assert today == str(reading.now(office.desk).date())
    assert "its health check: well: status 200" in says
    assert "Open: nothing; 1 alarm in the last 24 hours" in says
    later(office, "25 hours")
    production.status = 500
    cared.go()
    cared.go()
    (newest, _) = days(office, cared)
    assert newest[0] > today
    assert "not well: status 500" in newest[1]
    assert "no alarm in the last 24 hours" in newest[1]


def test_a_production_that_can_t_be_asked_is_said_not_guessed(
    office: Office, run: Run, shelf: Shelf, production: Production
) -> None:
    alarm(office, "one")
    cared = caring(office, Away(), production)
    cared.go()
    facts = {fact.label: fact.value for fact in cared.points()[0].request.facts}
    assert facts["Production serves"] == "not known: The sandbox does not answer. Try again."
    assert facts["Health now"] == "not looked at"


def test_the_whole_way_from_a_release_that_is_killed_to_the_escalation(
    office: Office, run: Run, shelf: Shelf, production: Production
) -> None:
    monitored(office, run)
    watcher: probing.Watches = {}
    dead = replace(office.desk, sandbox_url="http://127.0.0.1:1")
    for _ in range(3):
        watcher = probing.look_round(dead, watcher)
    cared = caring(office, shelf, production)
    cared.go()
    asked = cared.points()[-1]
    assert (asked.request.priority, asked.state) == ("CRITICAL", State.OPEN)
    happened = next(fact for fact in asked.request.facts if fact.label == "What happened")
    assert happened.dangerous
    assert "3 probes in a row failed" in happened.value
