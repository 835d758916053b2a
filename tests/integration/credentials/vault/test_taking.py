"""What is handed over is opened by its user, once, from where it may be; all else is an alarm, or refused."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from checkpoints.core.errors import Intercepted, Refused, Unavailable
from checkpoints.core.work.services.handing import Grant, Handed, Restrictions
from checkpoints.credentials.vault import ROLES, Vault, policies
from tests.integration.credentials.vault.steps import FIVE_MINUTES, VALUES
from tests.stage.servers.openbao import MOUNT, OpenBao
from tests.stage.wires.plain import NOBODY


@pytest.fixture
def vault(openbao: OpenBao) -> Vault:
    return openbao.vault()


@pytest.fixture
def path(vault: Vault) -> str:
    """Where something lies."""
    path = f"cases/sample/1/{uuid4()}"
    vault.put(path, VALUES)
    return path


def wrapped(openbao: OpenBao, value: object) -> str:
    """A wrapping token that somebody else made."""
    headers = {"X-Vault-Token": openbao.root, "X-Vault-Wrap-TTL": "60s"}
    answer = httpx.post(
        f"{openbao.url}/v1/sys/wrapping/wrap", json=value, headers=headers, verify=NOBODY, trust_env=False
    )
    token: str = answer.raise_for_status().json()["wrap_info"]["token"]
    return token


def test_what_somebody_opened_before_its_user_is_an_alarm(openbao: OpenBao, vault: Vault, path: str) -> None:
    handed = vault.hand(Grant(uuid4(), path))
    headers = {"X-Vault-Token": handed.token}
    stolen = httpx.post(f"{openbao.url}/v1/sys/wrapping/unwrap", headers=headers, verify=NOBODY, trust_env=False)
    assert stolen.raise_for_status().json()["data"]["secret_id"]
    with pytest.raises(Intercepted, match="opened before"):
        vault.take(handed)


def test_what_was_made_elsewhere_is_an_alarm_and_is_not_opened(openbao: OpenBao, vault: Vault, path: str) -> None:
    handed = vault.hand(Grant(uuid4(), path))
    token = wrapped(openbao, {"secret_id": "another"})
    with pytest.raises(Intercepted, match="not made by the desk"):
        vault.take(replace(handed, token=token))
    lookup = httpx.post(f"{openbao.url}/v1/sys/wrapping/lookup", json={"token": token}, verify=NOBODY, trust_env=False)
    assert lookup.is_success, "it is still whole: whoever looks into it finds what was put there"
    for odd in ("s.a\nb", "", "x" * 501, "s.ä"):
        with pytest.raises(Intercepted):
            vault.take(replace(handed, token=odd))


def test_what_is_of_another_credential_is_an_alarm(vault: Vault, path: str) -> None:
    one, other = vault.hand(Grant(uuid4(), path)), vault.hand(Grant(uuid4(), path))
    with pytest.raises(Intercepted, match="not made by the desk"):
        vault.take(replace(one, token=other.token))


@pytest.mark.parametrize("cidr", ["10.9.9.9/32", "fd00::/8"])
def test_from_another_network_than_approved_it_is_refused_in_words(vault: Vault, path: str, cidr: str) -> None:
    handed = vault.hand(Grant(uuid4(), path, Restrictions((cidr,))))
    with pytest.raises(Refused, match="may not be opened from here") as no:
        vault.take(handed)
    assert not isinstance(no.value, Intercepted)


def test_from_a_network_that_was_approved_it_opens(vault: Vault, path: str) -> None:
    assert vault.take(vault.hand(Grant(uuid4(), path, Restrictions(("127.0.0.0/8", "10.0.0.0/8"))))) == VALUES


def test_the_desks_own_login_reads_no_value_anywhere(openbao: OpenBao, vault: Vault, path: str) -> None:
    openbao.admin("POST", f"{MOUNT}/data/team/sendgrid-{path[-8:]}", {"data": VALUES})
    for where in (path, f"team/sendgrid-{path[-8:]}"):
        assert vault.names(where) == tuple(VALUES)
        with pytest.raises(Unavailable, match="doesn't allow the desk this"):
            vault.login.call("read", f"{MOUNT}/data/{where}")
    with pytest.raises(Unavailable, match="doesn't allow the desk this"):
        vault.login.call("write", f"{MOUNT}/data/team/another", {"data": VALUES})


def test_what_lay_there_before_is_handed_over_and_neither_written_nor_removed(openbao: OpenBao, vault: Vault) -> None:
    where = f"team/{uuid4()}"
    openbao.admin("POST", f"{MOUNT}/data/{where}", {"data": {"user": "a", "port": 5432}})
    assert vault.take(vault.hand(Grant(uuid4(), where))) == {"user": "a", "port": "5432"}
    changes: list[Callable[[], object]] = [
        lambda: vault.put(where, VALUES),
        lambda: vault.forget(where),
        lambda: vault.door(where, FIVE_MINUTES),
    ]
    for change in changes:
        with pytest.raises(Refused, match="neither written nor deleted"):
            change()
    assert openbao.lies(where)


@pytest.mark.parametrize(
    "odd",
    ["cases/*", "cases/+/x", 'cases/x" { capabilities = ["sudo"] }', "cases/../x", "a//b", "/a", "a/", "ä", "a\n"],
)
def test_a_path_that_could_mean_another_reaches_neither_a_policy_nor_the_vault(vault: Vault, odd: str) -> None:
    steps: list[Callable[[], object]] = [
        lambda: vault.put(odd, VALUES),
        lambda: vault.names(odd),
        lambda: vault.forget(odd),
        lambda: vault.door(odd, FIVE_MINUTES),
        lambda: vault.hand(Grant(uuid4(), odd)),
        lambda: vault.take(Handed(odd, "s.abc")),
    ]
    for asked in steps:
        with pytest.raises(Refused, match="no path in the vault"):
            asked()


def test_a_door_lets_its_person_put_one_thing_in_one_place_and_see_nothing(openbao: OpenBao, vault: Vault) -> None:
    path = f"cases/sample/1/{uuid4()}"
    door = vault.door(path, FIVE_MINUTES)
    assert door is not None
    assert door.token not in repr(door)
    headers = {"X-Vault-Token": door.token}
    body = {"data": VALUES, "options": {"cas": 0}}
    other = door.address.replace(path, f"{path}x")
    assert httpx.post(other, json=body, headers=headers, verify=NOBODY, trust_env=False).status_code == 403
    assert httpx.post(door.address, json=body, headers=headers, verify=NOBODY, trust_env=False).is_success
    assert httpx.get(door.address, headers=headers, verify=NOBODY, trust_env=False).status_code == 403
    assert httpx.post(door.address, json=body, headers=headers, verify=NOBODY, trust_env=False).status_code == 403
    assert openbao.lies(path) == VALUES


def test_the_page_of_this_desk_may_call_the_vault_from_a_browser_and_no_other(openbao: OpenBao, vault: Vault) -> None:
    door = vault.door(f"cases/sample/1/{uuid4()}", FIVE_MINUTES)
    assert door is not None
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-vault-token"}
    with httpx.Client(verify=NOBODY, trust_env=False) as browser:
        ours = browser.options(door.address, headers={"Origin": "http://127.0.0.1:8710", **asked})
        assert ours.headers["access-control-allow-origin"] == "http://127.0.0.1:8710"
        assert "x-vault-token" in ours.headers["access-control-allow-headers"].lower()
        other = browser.options(door.address, headers={"Origin": "https://elsewhere.example", **asked})
        assert "access-control-allow-origin" not in other.headers


def test_doors_that_are_over_are_swept_away_and_those_that_are_open_stay(openbao: OpenBao, vault: Vault) -> None:
    over = f"countersign-give-1700000000-{uuid4().hex[:16]}"
    openbao.write_policy(over, 'path "nothing" { capabilities = ["read"] }')
    vault.door(f"cases/sample/1/{uuid4()}", FIVE_MINUTES)
    before = {name for name in openbao.names("sys/policies/acl") if name.startswith("countersign-give-")}
    vault.door(f"cases/sample/1/{uuid4()}", FIVE_MINUTES)
    after = {name for name in openbao.names("sys/policies/acl") if name.startswith("countersign-give-")}
    assert over not in before
    assert len(after) == len(before) + 1


def test_nothing_of_a_credential_is_left_in_the_vault_once_it_is_closed(
    openbao: OpenBao, vault: Vault, path: str
) -> None:
    id = uuid4()
    vault.take(vault.hand(Grant(id, path)))
    assert f"countersign-use-{id}" in openbao.names("auth/approle/role")
    vault.close(id)
    assert f"countersign-use-{id}" not in openbao.names("auth/approle/role")
    assert f"countersign-use-{id}" not in openbao.names("sys/policies/acl")


def test_no_token_is_taken_from_the_environment_or_a_persons_home(
    openbao: OpenBao, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str
) -> None:
    (tmp_path / ".vault-token").write_text(openbao.root)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VAULT_TOKEN", openbao.root)
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    vault = openbao.vault()
    assert os.path.expanduser("~") == str(tmp_path)
    with pytest.raises(Refused):
        vault.server.call("read", f"{MOUNT}/data/{path}")
    assert vault.names(path) == tuple(VALUES)


def test_a_certificate_that_nobody_known_signed_is_not_spoken_to(openbao: OpenBao) -> None:
    with pytest.raises(Unavailable, match="vault_ca"):
        replace(openbao.vault(openbao.tls_url), ca=None).names("cases/x")


def test_the_desks_keys_are_not_used_when_others_can_read_them(openbao: OpenBao, tmp_path: Path) -> None:
    file = tmp_path / "vault"
    file.write_bytes(openbao.keys.read_bytes())
    file.chmod(0o644)
    with pytest.raises(Unavailable, match="Others can read"):
        replace(openbao.vault(), keys=file).names("cases/x")
    file.chmod(0o600)
    file.write_text('role_id = "a"\nsecret_id = "b"\n')
    with pytest.raises(Unavailable, match="countersign vault connect"):
        replace(openbao.vault(), keys=file).names("cases/x")


class Killed(BaseException):
    """In the midst of it."""


@dataclass(frozen=True)
class Dies(Vault):
    """Is killed before it closes what it tried."""

    def close(self, id: UUID) -> None:
        raise Killed


@pytest.mark.promise("F3.1")
def test_what_a_kill_left_of_a_trial_goes_once_it_is_old_and_no_credentials_does(
    openbao: OpenBao, vault: Vault, path: str
) -> None:
    def left() -> list[set[UUID]]:
        names = openbao.names("sys/policies/acl"), openbao.names(ROLES)
        return [{id for name in each if (id := policies.used_by(name)) and id not in before} for each in names]

    before = {id for name in openbao.names("sys/policies/acl") if (id := policies.used_by(name))}
    credential, now = uuid4(), datetime.now(UTC)
    vault.hand(Grant(credential, path))
    vault.hand(Grant(policies.trial_id(now - timedelta(minutes=6)), path))
    with pytest.raises(Killed):
        Dies(vault.url, vault.mount, vault.keys).opens(Grant(credential, path))
    (young,) = set(vault.granted()) - before - {credential}
    assert young.version == 7
    assert now - timedelta(seconds=1) < datetime.fromtimestamp((young.int >> 80) / 1000, UTC) < datetime.now(UTC)
    assert left() == [{credential, young}] * 2
    assert not policies.over([policies.use_name(young)], now)
    assert policies.over([policies.use_name(young)], now + timedelta(minutes=1))
    for id in (credential, young):
        vault.close(id)
    assert left() == [set()] * 2
