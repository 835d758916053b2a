"""Taking from OpenBao, the real one: stolen, swapped, over, twice, from elsewhere; and its own record beside ours."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

import httpx
import pytest

from checkpoints.actions.by_runs import acting
from checkpoints.actions.credentials import giving, handing, recounting, redeeming
from checkpoints.core.errors import IllegalMove, Intercepted, Refused, Unavailable
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services import asking
from checkpoints.core.work.services.asking import Wanted
from checkpoints.core.work.services.handing import UNRESTRICTED, Grant, Handed, Restrictions
from checkpoints.credentials.vault import Vault, policies
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import SENDGRID_KEY, agent_ticket, press
from tests.integration.desk.moments import later
from tests.stage.desks import Office
from tests.stage.servers.openbao import MOUNT, OpenBao
from tests.stage.wires.plain import NOBODY

SWAPPED = {"secret_id": "the thief's own", "api_key": "another"}


@dataclass(frozen=True)
class OnTheWay(Vault):
    """Somebody gets at what is handed over before its user does."""

    meets: list[Callable[[Handed], Handed]] = field(default_factory=list)

    def hand(self, grant: Grant) -> Handed:
        handed = super().hand(grant)
        for meet in self.meets:
            handed = meet(handed)
        return handed


def wrapping(openbao: OpenBao, verb: str, token: str, **body: object) -> Mapping[str, object]:
    """`sys/wrapping/…` as anybody on the network calls it."""
    headers = {"X-Vault-Token": token} | ({"X-Vault-Wrap-TTL": "60"} if verb == "wrap" else {})
    answer = httpx.post(
        f"{openbao.url}/v1/sys/wrapping/{verb}", json=body, headers=headers, verify=NOBODY, trust_env=False
    )
    told: Mapping[str, object] = answer.raise_for_status().json()
    return told


@pytest.fixture
def met() -> list[Callable[[Handed], Handed]]:
    return []


@pytest.fixture
def sandbox(desk: Desk, openbao: OpenBao, met: list[Callable[[Handed], Handed]]) -> Desk:
    """The desk with this vault, as the sandbox process and whoever gives have it."""
    vault = openbao.vault()
    return replace(desk, credentials=OnTheWay(vault.url, vault.mount, vault.keys, meets=met), vault_mount=MOUNT)


Ready = Callable[..., tuple[Run, Checkpoint]]


@pytest.fixture
def ready(office: Office, sandbox: Desk) -> Ready:
    """A case of this name with a credential that was given, and is handed over to its agent just now."""

    def made(slug: str, restrictions: Restrictions = UNRESTRICTED) -> tuple[Run, Checkpoint]:
        run = office.case(slug)
        wanted = Wanted(slug, slug, "SendGrid", restrictions=restrictions, opens={"agent": asking.WHILE_IT_LIVES})
        point = office.ask(run, asking.ask(wanted))
        given = giving.give(sandbox, office.ada, press(point), {"api_key": SENDGRID_KEY})
        assert given.decision is not None
        acting.begin(office.asker, run, given, "hand over", given.digest, given.decision.fields)
        return run, given

    return made


def opened(office: Office, run: Run, point: Checkpoint) -> UUID:
    return agent_ticket(office.asker, run, point, "to send the digest")


@pytest.mark.promise("F2.2")
def test_a_wrapped_token_that_somebody_opened_swapped_or_let_run_out_is_an_alarm(
    office: Office, sandbox: Desk, openbao: OpenBao, met: list[Callable[[Handed], Handed]], ready: Ready
) -> None:
    def stolen(handed: Handed) -> Handed:
        assert "data" in wrapping(openbao, "unwrap", handed.token)
        return handed

    def swapped(handed: Handed) -> Handed:
        wrap = wrapping(openbao, "wrap", openbao.root, **SWAPPED)["wrap_info"]
        return replace(handed, token=str(wrap["token"]))  # type: ignore[index]

    def over(handed: Handed) -> Handed:
        openbao.admin("POST", "auth/token/revoke", {"token": handed.token})
        return handed

    for number, meet in enumerate((stolen, swapped, over), 1):
        run, given = ready(f"case-{number}")
        handed = redeeming.redeem(sandbox, opened(office, run, given), run.case, "agent")
        assert policies.use_name(handed.grant.id) not in known(openbao)
        met[:] = [meet]
        with pytest.raises(Intercepted):
            redeeming.taken(sandbox, handed)
        met.clear()
        assert policies.use_name(handed.grant.id) not in known(openbao)
        told = recounting.one(sandbox, given.label)
        assert told.ended_because == "somebody may have read it first"
        assert told.version == 0
        with pytest.raises(Refused, match="gave nothing that an agent may open"):
            opened(office, run, given)


def known(openbao: OpenBao) -> list[str]:
    """The AppRoles that are there."""
    return openbao.names("auth/approle/role")


@pytest.mark.promise("F2.2")
def test_an_agent_from_outside_opens_it_itself_and_once_each_time(
    office: Office, sandbox: Desk, openbao: OpenBao, ready: Ready
) -> None:
    run, given = ready("outside", Restrictions(minutes=30, uses=2))
    # The agent's own process: it knows the vault's address, and no login of the desk's.
    agents = Vault(openbao.url, MOUNT, openbao.keys.with_name("nobody's"))
    handed = handing.hand(sandbox, opened(office, run, given), run.case, "192.0.2.7")
    assert agents.take(handed) == {"api_key": SENDGRID_KEY}
    with pytest.raises(Intercepted):
        agents.take(handed)
    ticket = opened(office, run, given)
    assert agents.take(handing.hand(sandbox, ticket, run.case, "192.0.2.8")) == {"api_key": SENDGRID_KEY}
    with pytest.raises(IllegalMove, match="for 2 uses, and they were made"):
        opened(office, run, given)
    told = recounting.one(sandbox, given.label)
    assert [(use.came_from, use.version, use.purpose) for use in told.uses] == [
        ("192.0.2.7", 1, "agent"),
        ("192.0.2.8", 1, "agent"),
    ]
    later(office, "31 minutes")
    with pytest.raises(IllegalMove, match="which is over"):
        opened(office, run, given)
    # The vault's own record: as many reads as ours, by a keyed hash in the value's place.
    reads = reads_of(openbao, told.versions[0].vault_path)
    assert len(reads) == told.reads == 2
    assert {value for read in reads for value in read.values()} == {hashed(openbao, SENDGRID_KEY)}
    assert SENDGRID_KEY not in openbao.audit.read_text()
    assert recounting.alongside(sandbox).words.startswith("The vault writes down each read as well, to to-file")


def reads_of(openbao: OpenBao, path: str) -> list[dict[str, str]]:
    """What the vault's file says was read there: each field by the hash of its value."""
    lines = [json.loads(line) for line in openbao.audit.read_text().splitlines()]
    where = f"{MOUNT}/data/{path}"
    answers = [line for line in lines if line["type"] == "response" and line["request"]["operation"] == "read"]
    return [line["response"]["data"]["data"] for line in answers if line["request"]["path"] == where]


def hashed(openbao: OpenBao, value: str) -> str:
    answer = openbao.admin("POST", "sys/audit-hash/to-file", {"input": value}).json()
    return str(answer["data"]["hash"])


def test_from_a_network_that_was_not_approved_nothing_is_read_and_nobody_is_alarmed(
    office: Office, sandbox: Desk, ready: Ready
) -> None:
    run, given = ready("elsewhere", Restrictions(cidrs=("10.99.0.0/16",)))
    handed = redeeming.redeem(sandbox, opened(office, run, given), run.case, "agent")
    with pytest.raises(Refused, match="may not be opened from here") as no:
        redeeming.taken(sandbox, handed)
    assert not isinstance(no.value, Intercepted)
    told = recounting.one(sandbox, given.label)
    assert (told.ended_at, told.reads) == (None, 0)


def test_a_vault_that_is_away_uses_nothing_up(office: Office, sandbox: Desk, openbao: OpenBao, ready: Ready) -> None:
    run, given = ready("away", Restrictions(uses=1))
    ticket = opened(office, run, given)
    nowhere = Vault("http://127.0.0.1:9", MOUNT, openbao.keys)
    with pytest.raises(Unavailable):
        handing.hand(replace(sandbox, credentials=nowhere), ticket, run.case, "192.0.2.7")
    handing.hand(sandbox, opened(office, run, given), run.case, "192.0.2.7")
    told = recounting.one(sandbox, given.label)
    assert told.reads == 1
    assert "nothing came of it" in told.uses[0].words


def test_a_vault_that_is_a_file_hands_nothing_to_other_machines(desk: Desk) -> None:
    with pytest.raises(Refused, match="make up VAULT=1"):
        handing.hand(desk, UUID(int=0), "sample", "192.0.2.7")
