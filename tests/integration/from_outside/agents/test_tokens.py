"""Agents' tokens: made by a person after a second factor, for some projects, for a while, ended at once."""

import tomllib

import httpx
import pytest
from sqlalchemy import text

from checkpoints.actions import reading
from checkpoints.actions.from_outside.agents import licensing
from checkpoints.core.errors import NeedsFactor, NotFound, NotYourCall, Refused
from checkpoints.core.model import Role
from checkpoints.store.runs import Run
from tests.integration.desk.moments import later
from tests.integration.from_outside.agents.serving import AGENT, Let, ask
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office
from to_tools.up import parts


def test_only_a_person_with_a_second_factor_lets_an_agent_ask(office: Office, run: Run) -> None:
    with pytest.raises(NeedsFactor, match="after a second factor"):
        licensing.license(office.desk, office.mira, AGENT, ["sample"])
    with pytest.raises(NotYourCall):
        licensing.license(office.desk, office.person("Cleo", Role.CLIENT), AGENT, ["sample"])
    office.enrol(office.mira)
    for name in ("", "X", "Apollo", "a", "a/b", "a" * 41, "desk\n", "a b"):
        with pytest.raises(Refused, match="is no name for an agent"):
            licensing.license(office.desk, office.mira, name, ["sample"])
    for projects in ([], ["sample"] * 60 + [f"p{n}" for n in range(60)]):
        with pytest.raises(Refused):
            licensing.license(office.desk, office.mira, AGENT, projects)
    with pytest.raises(NotFound):
        licensing.license(office.desk, office.mira, AGENT, ["nowhere"])
    for days in (0, 367):
        with pytest.raises(Refused):
            licensing.license(office.desk, office.mira, AGENT, ["sample"], days)
    made = licensing.license(office.desk, office.mira, AGENT, ["sample"])
    assert made.token not in repr(made)
    later(office, "11 minutes")
    with pytest.raises(NeedsFactor):
        licensing.license(office.desk, office.mira, AGENT, ["sample"])


def test_a_token_is_kept_as_a_hash_and_is_over_after_its_days_or_when_a_person_ends_it(
    office: Office, scout: Let, agent: httpx.Client
) -> None:
    with office.desk.transaction() as tx:
        assert scout.token not in str(tx.execute(text("select t::text from desk.agent_token t")).all())
        assert scout.token not in str(tx.execute(text("select body from desk.audit_line")).all())
    assert ask(agent).status_code == 202
    with pytest.raises(NotYourCall):
        licensing.end(office.desk, office.mira, AGENT)
    assert [(one.agent, one.owner) for one in licensing.licences(office.desk, office.ada)] == [
        (AGENT, scout.owner.name)
    ]
    assert licensing.end(office.desk, office.ada, AGENT) == 1
    assert ask(agent, "key-0002").status_code == 401
    again = licensing.license(office.desk, scout.owner, AGENT, ["sample"], days=2)
    agent.headers["authorization"] = f"Bearer {again.token}"
    assert ask(agent).json()["request"] == "sample/1"
    later(office, "2 days")
    assert ask(agent).status_code == 401
    events = [line.event for line in reading.audit_page(office.desk, 50).lines]
    assert (events.count("agent's token made"), events.count("agent's tokens ended")) == (2, 1)


def test_nobody_else_makes_a_token_for_somebodys_agent(office: Office, scout: Let) -> None:
    office.enrol(office.ada)
    with pytest.raises(NotYourCall, match="works for somebody else"):
        licensing.license(office.desk, office.ada, AGENT, ["sample"])


def test_in_the_shell_it_is_shown_once(shell: Shell, office: Office, run: Run) -> None:
    app = office.enrol(office.ada)
    made = shell.run("agents", "token", "scout", "--project", "sample", "--otp", app.code(1))
    assert made.code == 0, made
    assert "scout works for you" in made.out
    token = made.out.split()[-1]
    listed = shell.run("agents", "list")
    assert "scout" in listed.out
    assert token not in listed.out


def test_the_desk_is_open_to_agents_only_when_somebody_wants_it(shell: Shell, office: Office) -> None:
    assert parts.agents(office.settings) is None
    opened = shell.run("agents", "open")
    assert "countersign agents token" in opened.out
    port = tomllib.loads(office.settings.file.read_text())["agents_port"]
    assert f"http://127.0.0.1:{port}" in opened.out
    assert parts.agents(office.settings.model_copy(update={"agents_port": port})) is not None
    assert shell.run("agents", "close").code == 0
    assert "agents_port" not in office.settings.file.read_text()
