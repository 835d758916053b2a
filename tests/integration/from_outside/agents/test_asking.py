"""An agent asks at its own door: one key is one question, however often and by how many it is sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, reading
from checkpoints.actions.courses import mending, opening
from checkpoints.actions.credentials import giving
from checkpoints.core.errors import NotYourCall
from checkpoints.core.model import Press, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run
from checkpoints.store.work.watched import health
from tests.integration.from_outside.agents.serving import AGENT, Door, Let, a_porter, ask, let, told
from tests.stage.desks import Office

RACERS = 100
WRITTEN = ("checkpoint", "revision", "run", "agent_key", "audit_line", "errand", "submission")


def everything(office: Office) -> list[str]:
    """Every row that asking could write."""
    with office.desk.transaction() as tx:
        return [
            str(row) for table in WRITTEN for row in tx.execute(text(f"select t::text from desk.{table} t order by 1"))
        ]


def point_of(office: Office, label: str) -> Checkpoint:
    office.receive()
    return reading.show(office.desk, label).point


def rejects(point: Checkpoint, why: str) -> Press:
    return Press(point.id, point.revision, point.digest, Verdict.REJECT, {}, why)


def test_what_an_agent_asks_is_a_question_like_any_other(agent: httpx.Client, office: Office) -> None:
    answered = ask(agent)
    assert answered.status_code == 202, answered.text
    assert (answered.json()["request"], answered.json()["state"]) == ("sample/1", "asked")
    point = point_of(office, "sample/1")
    assert (point.state, point.kind, point.request.agent) == ("open", "api-credential", "scout (from outside)")
    held = {name: point.request.subject.parameters[name] for name in ("service", "minutes", "opens_for_agent")}
    assert held == {"service": "sendgrid", "minutes": 30, "opens_for_agent": "while the case lives"}
    assert point.request.details == "I send the weekly digest."
    assert agent.get("/v1/requests/sample/1").json()["state"] == "open"


@pytest.mark.promise("B5.1", "B5.2")
def test_one_key_with_other_words_is_refused_and_changes_nothing(agent: httpx.Client, office: Office) -> None:
    first = ask(agent).json()["request"]
    office.receive()
    before = everything(office)
    for changed in ({"service": "Stripe"}, {"expires_in_minutes": 31}, {"why": "Another reason."}, {"uses": 1}):
        for _ in range(2):
            refused = ask(agent, **changed)
            assert (refused.status_code, told(refused)["kept"]) == (409, "nothing")
            assert "key was used before" in told(refused)["error"]
    assert everything(office) == before
    # The same words are the same question, also once it is open, and another key is another one.
    assert ask(agent).json()["request"] == first
    assert everything(office) == before
    assert ask(agent, "key-0002").json()["request"] == "sample/2"


@pytest.mark.promise("B5.2")
def test_a_hundred_at_once_with_one_key_ask_one_question(door: Door, scout: Let, office: Office) -> None:
    with door.agent(scout.token) as agent, ThreadPoolExecutor(RACERS) as racers:
        answers = list(racers.map(lambda _: ask(agent, "at-once-1"), range(RACERS)))
        other = list(racers.map(lambda n: ask(agent, "at-once-2", why=f"words {n % 2}"), range(RACERS // 5)))
    assert {(answer.status_code, answer.json()["request"]) for answer in answers} == {(202, "sample/1")}
    # Of two that bring other words, one asks.
    assert sorted({answer.status_code for answer in other}) == [202, 409]
    assert {answer.json()["request"] for answer in other if answer.is_success} == {"sample/2"}
    with office.desk.transaction() as tx:
        assert tx.execute(text("select count(*) from desk.checkpoint")).scalar_one() == 2


def test_an_agent_follows_only_what_it_asked_itself(agent: httpx.Client, door: Door, office: Office, run: Run) -> None:
    ask(agent)
    with door.agent(let(office, "another").token) as another:
        ask(another)
        for label in ("sample/1", "sample/99", "elsewhere/1", "desk/1"):
            refused = another.get(f"/v1/requests/{label}")
            assert refused.status_code == 403, label
            assert "asked nothing that is called" in told(refused)["error"]
        assert another.get("/v1/requests/sample/2").status_code == 200
        assert another.post("/v1/requests/sample/1/withdraw", json={"because": "x"}).status_code == 403
        assert another.post("/v1/requests/sample/1/take", json={}).status_code == 403
    office.case("elsewhere")
    assert ask(agent, "key-0003", project_id="elsewhere").status_code == 403


@pytest.mark.promise("C1.4")
def test_an_operator_whose_agent_asks_is_not_who_answers(door: Door, office: Office, run: Run) -> None:
    eve = office.person("Eve", Role.TO)
    with door.agent(let(office, "eves", eve).token) as agent:
        point = point_of(office, ask(agent).json()["request"])
    press = Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    with pytest.raises(NotYourCall, match="another technical operator must answer"):
        giving.give(office.desk, eve, press, {"api_key": "SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz"})
    given = giving.give(
        office.desk, office.ada, press, {"api_key": "SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz"}
    )
    assert given.state == "approved"


def test_waiting_ends_when_it_is_decided(agent: httpx.Client, office: Office) -> None:
    label = ask(agent).json()["request"]
    point = point_of(office, label)
    with ThreadPoolExecutor(1) as waits:
        heard = waits.submit(agent.get, f"/v1/requests/{label}", params={"wait": "20"})
        deciding.answer(office.desk, office.ada, rejects(point, "Use the key of the agency."))
        said = heard.result(15).json()
    assert (said["state"], said["decided_by"], said["note"]) == ("rejected", "Ada", "Use the key of the agency.")


def test_what_was_asked_is_taken_back_and_reopened_by_a_person(agent: httpx.Client, office: Office) -> None:
    label = ask(agent).json()["request"]
    office.receive()
    assert agent.post(f"/v1/requests/{label}/withdraw", json={"because": "not needed"}).status_code == 202
    point = point_of(office, label)
    assert (point.state, point.because) == ("withdrawn", "not needed")
    refused = agent.post(f"/v1/requests/{label}/withdraw", json={"because": "again"})
    assert refused.status_code == 409
    again = opening.reopen(office.desk, office.ada, point.id, "it is needed all the same")
    assert agent.get(f"/v1/requests/{label}").json()["asked_again_as"] == again.label
    assert agent.get(f"/v1/requests/{again.label}").json()["request"] == again.label


def test_no_engine_is_told_of_an_agents_run_and_nobody_mends_it(agent: httpx.Client, office: Office) -> None:
    point = point_of(office, ask(agent).json()["request"])
    with office.desk.transaction() as tx:
        started = tx.execute(text("select body ->> 'run' from desk.errand where kind in ('start', 'again')")).scalars()
        assert str(point.run_id) not in list(started)
        late = [(one.branch) for one in health.unmoved(tx, timedelta(seconds=-1))]
    assert late == ["main"]
    assert mending.started(office.desk, UUID(int=0), 10) == []
    assert not reading.has_news(office.desk, point.run_id or UUID(int=0))
    assert AGENT in point.branch


def test_a_flood_of_one_agent_is_held_back_as_any_other(agent: httpx.Client, office: Office) -> None:
    with a_porter(office.desk):
        for number in range(12):
            assert ask(agent, f"flood-{number:04}", why=f"reason {number}").status_code == 202
    office.receive()
    with office.desk.transaction() as tx:
        flooded = tx.execute(text("select count(*) from desk.checkpoint where flooded")).scalar_one()
    assert flooded == 2
