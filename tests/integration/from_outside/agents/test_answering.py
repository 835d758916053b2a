"""An agent answers nothing: not at its own door, not at the page's by its token; each try is a line."""

import json
from collections.abc import Sequence

import httpx
import pytest

import countersign
from checkpoints.actions import reading
from checkpoints.actions.from_outside import overhearing
from checkpoints.actions.people import joining
from checkpoints.core.model import Role
from tests.integration.from_outside.agents.serving import BODY, Door, Let, ask, told
from tests.integration.page.serving import Page
from tests.stage.desks import Office

VALUE = "SG.canarycanary12345.canarycanarycanarycanary"
VERBS = ("answer", "approve", "reject", "reopen", "credential", "void")
LISTS = ("/v1/requests", "/v1/people", "/v1/inbox", "/v1/credentials", "/v1/audit", "/docs", "/openapi.json")


def tries(office: Office) -> list[tuple[str, str]]:
    """(by whom, what and why) of each refused try in the audit, the oldest first."""
    lines = [line for line in reading.audit_page(office.desk, 200).lines if line.event == "try refused"]
    bodies = [json.loads(line.body) for line in reversed(lines)]
    return [(str(body["by"]), f"{body['tried']}: {body['why']}") for body in bodies]


@pytest.mark.promise("C6.5")
def test_the_api_has_no_way_to_answer_and_each_try_is_a_line(agent: httpx.Client, office: Office, door: Door) -> None:
    label = ask(agent).json()["request"]
    office.receive()
    wanted = [("POST", f"/v1/requests/{label}/{verb}") for verb in VERBS]
    wanted += [("GET", address) for address in LISTS]
    wanted += [(method, f"/v1/requests/{label}") for method in ("POST", "PUT", "PATCH", "DELETE")]
    for method, address in wanted:
        refused = agent.request(method, address, json={"verdict": "approve", "value": VALUE})
        assert refused.status_code in (404, 405), address
        assert "it answers nothing" in told(refused)["next"], address
    # Nor does it answer by what it may say.
    assert ask(agent, "key-0002", state="approved").status_code == 422
    assert agent.post(f"/v1/requests/{label}/take", json={}).status_code == 409
    overhearing.overhear(office.desk, "agents", overhearing.of_agents(door.tried))
    said = [why for by, why in tries(office) if by == "an agent from outside"]
    assert len(said) == len(wanted) + 1
    for (method, address), why in zip(wanted, said, strict=False):
        assert f"agent scout: {method} {address}: " in why
    assert reading.show(office.desk, label).point.state == "open"


@pytest.mark.promise("C6.5")
def test_an_agents_token_is_nobody_at_the_page_and_each_try_is_a_line(
    agent: httpx.Client, scout: Let, page: Page, office: Office
) -> None:
    label = ask(agent).json()["request"]
    office.receive()
    with page.stranger() as client:
        cookie = f"countersign-{httpx.URL(office.desk.page_url).port}={scout.token}"
        signed = {"authorization": f"Bearer {scout.token}"}
        by_script = client.post(f"/api/credential-requests/{label}/approve", json={"value": VALUE}, headers=signed)
        refusals = [
            by_script,
            client.post(f"/api/credential-requests/{label}/door", json={}, headers=signed),
            client.post("/sign-in", data={"token": scout.token}),
            client.get("/", headers={"cookie": cookie}),
            client.post(f"/checkpoints/{label}/answer", data={"verdict": "approve"}, headers={"cookie": cookie}),
            client.post(f"/checkpoints/{label}/credential", data={"field.api_key": VALUE}, headers={"cookie": cookie}),
        ]
    assert [refused.status_code for refused in refusals] == [401] * 6
    assert "machines ask, people decide" in by_script.json()["error"]
    lines = [why for by, why in tries(office) if by == "agent scout"]
    assert len(lines) == len(refusals)
    assert all("be taken for a person" in why for why in lines)
    assert reading.show(office.desk, label).point.state == "open"


def test_a_persons_token_is_no_agents(door: Door, office: Office, page: Page) -> None:
    office.enrol(office.ada)
    token = joining.token_for_elsewhere(office.desk, office.ada, "all")
    with door.agent(token) as person:
        refused = person.post("/v1/credential-requests", json=BODY, headers={"idempotency-key": "key-0001"})
    assert refused.status_code == 401


def test_a_persons_script_gives_what_was_asked_held_to_less(agent: httpx.Client, office: Office, page: Page) -> None:
    label = ask(agent).json()["request"]
    office.receive()
    app = office.enrol(office.ada)
    give = countersign.approve_credential_request_now
    kept: dict[str, Sequence[str] | int] = {"ip_whitelist": ["10.0.0.0/8"], "minutes": 5}
    reads = joining.token_for_elsewhere(office.desk, office.ada, "read")
    with pytest.raises(countersign.Refused, match="only reads"):
        give(label, VALUE, kept, url=page.url, token=reads)
    client = office.person("Cleo", Role.CLIENT)
    office.enrol(client)
    theirs = joining.token_for_elsewhere(office.desk, client, "all")
    with pytest.raises(countersign.Refused, match="waits for"):
        give(label, VALUE, kept, url=page.url, token=theirs)
    token = joining.token_for_elsewhere(office.desk, office.ada, "all")
    with pytest.raises(countersign.Refused, match="31 minutes are more than the 30") as no:
        give(label, VALUE, {"minutes": 31}, url=page.url, token=token)
    assert VALUE not in str(no.value)
    assert give(label, VALUE, kept, code=app.code(1), url=page.url, token=token) == "approved"
    assert agent.get(f"/v1/requests/{label}").json()["decided_by"] == "Ada"
    with office.desk.transaction() as tx:
        held = tx.exec_driver_sql("select restrictions from desk.credential").scalar_one()
    assert held == {"cidrs": ["10.0.0.0/8"], "minutes": 5, "uses": None}
    assert {why for by, why in tries(office) if by in ("Ada", "Cleo")}
    assert VALUE not in str(tries(office))
