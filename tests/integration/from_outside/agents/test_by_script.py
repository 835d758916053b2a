"""A person's script gives: it writes to OpenBao itself, by TLS, and what it tells the desk holds no value."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

import httpx
import pytest

import countersign
from checkpoints.actions import reading
from checkpoints.actions.people import joining
from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import Wanted, ask
from checkpoints.core.work.services.handing import Door
from checkpoints.credentials.vault import Vault
from checkpoints.store.runs import Run
from countersign.now import finished
from tests.fakes.post_office import free_port
from tests.integration.credentials.asked import GIVEN, KEY, request, tables
from tests.integration.page.serving import Page, running_page
from tests.stage.desks import Authenticator, Office
from tests.stage.servers.openbao import MOUNT, OpenBao

VALUE = "canary-canary-canary-0123456789"
ACCOUNT = json.dumps({"type": "service_account", "client_email": "a@b.example", "private_key": VALUE})
Sent: TypeAlias = list[httpx.Request]


@dataclass(frozen=True)
class FarAway(Vault):
    """The desk reaches it, and whoever is told this address doesn't."""

    seen_at: str = ""

    def door(self, path: str, lasts: timedelta) -> Door | None:
        known = super().door(path, lasts)
        return replace(known, address=known.address.replace(self.url, self.seen_at)) if known else None


@pytest.fixture
def page(office: Office, openbao: OpenBao) -> Iterator[Page]:
    """A page whose desk has that vault, by TLS."""
    with running_page(replace(office.desk, credentials=openbao.vault(openbao.tls_url))) as running:
        yield running


@pytest.fixture
def app(office: Office) -> Authenticator:
    return office.enrol(office.ada)


@pytest.fixture
def script(office: Office, page: Page, app: Authenticator, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The page; this process's environment is a person's script's."""
    monkeypatch.setenv("COUNTERSIGN_PAGE_URL", page.url)
    monkeypatch.setenv("COUNTERSIGN_PERSON_TOKEN", joining.token_for_elsewhere(office.desk, office.ada, "all"))
    return page


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """All that the client sends to anybody."""
    known, handle = Sent(), httpx.AsyncHTTPTransport.handle_async_request

    async def heard(wire: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        known.append(request)
        return await handle(wire, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", heard)
    return known


def ports(sent: Sent, value: str) -> set[int | None]:
    """Where a value was sent to."""
    return {each.url.port for each in sent if value.encode() in each.content + str(each.url).encode()}


def went(office: Office, label: str) -> str:
    line = reading.history(office.desk, label).lines[-1]
    assert line.event == "credential given"
    return str(json.loads(line.body)["went"])


def wanted(office: Office, run: Run, kind: str = "api_key") -> Checkpoint:
    return office.ask(run, ask(Wanted("sample", "Sample", "Some Service", kind)), kind)


def lying(openbao: OpenBao, office: Office, point: Checkpoint, name: str) -> dict[str, str]:
    after = office.show(point)
    assert after.decision is not None
    return openbao.lies(after.decision.fields[name].removeprefix("vault:"))


def test_the_value_goes_to_the_vaults_port_and_not_to_the_pages(
    script: Page, office: Office, run: Run, app: Authenticator, openbao: OpenBao, sent: Sent
) -> None:
    point, code = wanted(office, run), app.code(1)
    give = countersign.approve_credential_request_now
    with pytest.raises(countersign.Refused, match="at least 8 letters") as slip:
        give(point.label, "no key", code=code)
    # It was proven, and is sent along again: once is enough.
    assert give(point.label, VALUE, {"ip_whitelist": ["10.0.0.0/8"], "minutes": 5}, code=code) == "approved"
    assert (ports(sent, VALUE), ports(sent, "no key")) == ({openbao.tls}, set())
    assert lying(openbao, office, point, "api_key") == {"api_key": VALUE}
    assert went(office, point.label) == "straight to the vault"
    with office.desk.transaction() as tx:
        held = tx.exec_driver_sql("select restrictions from desk.credential").scalar_one()
    assert held == {"cidrs": ["10.0.0.0/8"], "minutes": 5, "uses": None}
    assert VALUE not in tables(office) + str(slip.value)
    with pytest.raises(countersign.Refused, match="was approved by Ada"):
        give(point.label, VALUE)


def test_of_several_fields_only_the_secret_ones_go_there_and_the_rest_is_as_it_was_named(
    script: Page, office: Office, run: Run, openbao: OpenBao, sent: Sent
) -> None:
    point = office.ask(run, request())
    give = countersign.approve_credential_request
    with pytest.raises(countersign.Refused, match="not filled"):
        finished(give(point.label, {"consumer_key": KEY}))
    assert office.show(point).state is State.OPEN
    assert finished(give(point.label, GIVEN)) == "approved"
    assert lying(openbao, office, point, "consumer_key") == {"consumer_key": KEY}
    decision = office.show(point).decision
    assert decision is not None
    assert decision.fields["redirect_uri"] == GIVEN["redirect_uri"]
    file = wanted(office, run, "service_account")
    with pytest.raises(countersign.Refused, match="JSON with type"):
        finished(give(file.label, ACCOUNT.replace("client_email", "mail")))
    assert finished(give(file.label, ACCOUNT)) == "approved"
    assert ports(sent, KEY) | ports(sent, VALUE) == {openbao.tls}


def test_where_the_vault_can_t_be_reached_nothing_is_given_unless_the_script_says_so(
    office: Office, run: Run, app: Authenticator, openbao: OpenBao, sent: Sent
) -> None:
    point, token = wanted(office, run), joining.token_for_elsewhere(office.desk, office.ada, "all")
    vault = FarAway(openbao.url, MOUNT, openbao.keys, seen_at=f"http://127.0.0.1:{free_port('127.0.0.1')}")
    with running_page(replace(office.desk, credentials=vault)) as page:
        give = countersign.approve_credential_request_now
        with pytest.raises(countersign.Unavailable, match=f"{vault.seen_at} can't be reached from here") as no:
            give(point.label, VALUE, url=page.url, token=token)
        assert (office.show(point).state, VALUE in str(no.value)) == (State.OPEN, False)
        assert give(point.label, VALUE, url=page.url, token=token, through_desk=True) == "approved"
        assert httpx.URL(page.url).port in ports(sent, VALUE)
    assert went(office, point.label) == "through this desk's memory"
    assert lying(openbao, office, point, "api_key") == {"api_key": VALUE}


@pytest.mark.promise("E4.2")
def test_junk_at_the_scripts_door_opens_none_and_repeats_nothing(
    page: Page, office: Office, run: Run, openbao: OpenBao, app: Authenticator
) -> None:
    point, before = wanted(office, run), openbao.names("sys/policies/acl")
    at = f"/api/credential-requests/{point.label}"
    signed = {"authorization": f"Bearer {joining.token_for_elsewhere(office.desk, office.ada, 'all')}"}
    with page.stranger() as client:
        for junk in (
            {"value": VALUE},
            {"fields": {"api_key": VALUE}},
            {"lies_at": VALUE},
            {"revision": VALUE},
            {"revision": 7},
            {"restrictions": {"minutes": 0}},
            {"code": VALUE},
            {"note": VALUE},
        ):
            refused = client.post(f"{at}/door", json=junk, headers=signed)
            assert 400 <= refused.status_code < 500, junk
            assert VALUE not in refused.text
        for body in ({"value": VALUE, "lies_at": "x"}, {"lies_at": "x"}, {"lies_at": "x" * 201}):
            refused = client.post(f"{at}/approve", json=body, headers=signed)
            assert refused.status_code == 422
            assert VALUE not in refused.text
        assert client.post(f"{at}/door", json={}).status_code == 401
        assert client.post("/api/credential-requests/sample/99/door", json={}, headers=signed).status_code == 404
    assert openbao.names("sys/policies/acl") == before
    assert office.show(point).state is State.OPEN
