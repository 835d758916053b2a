"""Connecting a desk to a vault, as people do it in the shell; what was given before moves along."""

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from checkpoints.actions.credentials import connecting
from checkpoints.core.errors import NotYourCall, Refused
from checkpoints.credentials.embedded import Embedded
from checkpoints.credentials.vault import Vault, keys
from checkpoints.credentials.vault.auditing import devices, hashed
from checkpoints.credentials.vault.calls import Server
from checkpoints.credentials.vault.setting_up import Administrator, policy, set_up
from checkpoints.settings import Settings
from tests.integration.credentials.vault.steps import VALUES
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office
from tests.stage.servers.openbao import MOUNT, OpenBao
from tests.stage.servers.vaults import taken
from tests.stage.wires.between import between
from to_tools import vault_set_up
from to_tools.cli.doctor import vault as doctor
from to_tools.cli.doctor.finding import Mark
from to_tools.cli.machine import vault_looks

PAGE = "http://127.0.0.1:8710"


@pytest.fixture
def admin(openbao: OpenBao) -> Administrator:
    return Administrator(Server(openbao.url), openbao.root)


@pytest.fixture
def mount(openbao: OpenBao) -> Iterator[str]:
    """A name of a test's own; the desk's policy is the other tests' again afterwards."""
    name = f"own-{uuid4().hex[:8]}"
    yield name
    openbao.write_policy("countersign-desk", policy(MOUNT))
    openbao.admin("DELETE", f"sys/mounts/{name}")


def test_set_up_by_hand_keeps_what_the_desk_needs_and_no_administrators_token(
    shell: Shell, office: Office, openbao: OpenBao, mount: str
) -> None:
    old = Embedded(office.settings.home)
    old.put("cases/sample/1/before", VALUES)
    said = shell.run("vault", "set-up", "--url", openbao.url, "--mount", mount, said=f"{openbao.root}\n".encode())
    assert said.code == 0, said.err
    assert "1 credentials still lie in the embedded file" in said.out
    settings = Settings(home=office.settings.home)
    assert (settings.vault_url, settings.vault_mount) == (openbao.url, mount)
    assert settings.vault_keys.stat().st_mode & 0o777 == 0o600
    written = [path.read_bytes() for path in office.settings.home.rglob("*") if path.is_file()]
    assert not any(openbao.root.encode() in content for content in written)
    secret_id = keys.read(settings.vault_keys).secret_id
    assert not any(text in said.out + said.err for text in (openbao.root, secret_id))

    checked = shell.run("vault", "check")
    assert checked.code == 0, checked.out
    assert "can read no value" in checked.out
    moved = shell.run("vault", "move")
    assert (moved.code, moved.out) == (0, "Moved 1 of 1 credentials into the vault.\n")
    assert taken(vault_set_up.vault(settings), "cases/sample/1/before") == VALUES
    assert old.paths() == ()
    with office.desk.transaction() as tx:
        events = tx.exec_driver_sql("select event from desk.audit_line order by number desc limit 2").scalars().all()
    assert events == ["credential moved", "vault connected"]


def test_a_pasted_secret_id_is_tried_before_it_is_kept(shell: Shell, office: Office, openbao: OpenBao) -> None:
    known = keys.read(openbao.keys)
    wrong = f"{known.role_id}\nnot-a-secret-id\n".encode()
    said = shell.run("vault", "connect", "--url", openbao.url, said=wrong)
    assert said.code == 6
    assert "doesn't let the desk log in" in said.err
    assert not office.settings.vault_keys.exists()
    right = f"{known.role_id}\n{known.secret_id}\n".encode()
    said = shell.run("vault", "connect", "--url", openbao.url, said=right)
    assert said.code == 0, said.err
    assert keys.read(office.settings.vault_keys) == known
    assert known.secret_id not in said.out + said.err


def test_only_a_technical_operator_says_where_credentials_lie(office: Office, openbao: OpenBao) -> None:
    old = Embedded(office.settings.home)
    tries: list[Callable[[], object]] = [
        lambda: connecting.may(office.desk, office.mira),
        lambda: connecting.connect(office.desk, office.mira, openbao.url, MOUNT),
        lambda: connecting.move(office.desk, office.mira, "cases/sample/1/x", old, openbao.vault()),
    ]
    for no in tries:
        with pytest.raises(NotYourCall):
            no()


def test_moving_goes_on_after_a_kill_and_overwrites_nothing(office: Office, openbao: OpenBao) -> None:
    old, new, at = Embedded(office.settings.home), openbao.vault(), f"cases/sample/1/{uuid4()}"
    for there, path in ((VALUES, f"{at}/same"), ({"api_key": "another"}, f"{at}/other")):
        old.put(path, VALUES)
        new.put(path, there)
    connecting.move(office.desk, office.ada, f"{at}/same", old, new)
    with pytest.raises(Refused, match="Something else lies"):
        connecting.move(office.desk, office.ada, f"{at}/other", old, new)
    assert old.paths() == (f"{at}/other",)
    assert openbao.lies(f"{at}/other") == {"api_key": "another"}


def test_set_up_again_changes_nothing_but_the_secret_id(openbao: OpenBao, admin: Administrator) -> None:
    before = [openbao.policy("countersign-desk"), openbao.names("auth/approle/role")]
    cors = openbao.admin("GET", "sys/config/cors").json()["data"]["allowed_origins"]
    first, second = set_up(admin, MOUNT, [PAGE]), set_up(admin, MOUNT, [PAGE])
    assert first.role_id == second.role_id
    assert first.secret_id != second.secret_id
    assert before == [openbao.policy("countersign-desk"), openbao.names("auth/approle/role")]
    assert openbao.admin("GET", "sys/config/cors").json()["data"]["allowed_origins"] == cors == [PAGE]


def test_a_mount_that_is_something_else_and_a_token_that_may_not_are_refused(
    openbao: OpenBao, admin: Administrator
) -> None:
    with pytest.raises(Refused, match="something else"):
        set_up(admin, "sys", [PAGE])
    with pytest.raises(Refused, match="doesn't allow this token"):
        set_up(Administrator(admin.server, "s.nobody"), MOUNT, [PAGE])


def test_a_policy_that_is_too_wide_or_too_narrow_is_found(openbao: OpenBao) -> None:
    wide = policy(MOUNT).replace('["create"]', '["create", "read"]', 1)
    try:
        openbao.write_policy("countersign-desk", wide)
        assert _wrong(openbao.vault()) == {"policy"}
        openbao.write_policy("countersign-desk", policy(MOUNT).replace("auth/approle/role/", "auth/other/role/"))
        assert _wrong(openbao.vault()) == {"taking", "closing"}
        openbao.write_policy("countersign-desk", policy(MOUNT).replace("sys/wrapping/wrap", "sys/wrapping/other"))
        assert _wrong(openbao.vault()) == {"wrapping"}
    finally:
        openbao.write_policy("countersign-desk", policy(MOUNT))
    assert not _wrong(openbao.vault())


def _wrong(vault: Vault) -> set[str]:
    return {one.subject for one in vault_looks.looks(vault) if one.mark is Mark.WRONG}


def test_doctor_says_whether_the_vault_lets_it_in_and_what_lies_elsewhere(office: Office, openbao: OpenBao) -> None:
    assert not [*doctor.lies(office.settings)]
    settings = openbao.settings(office.settings)
    Embedded(settings.home).put("cases/sample/1/x", VALUES)
    good, left = doctor.lies(settings)
    assert (good.mark, left.mark, left.do) == (Mark.OK, Mark.LOOK, "countersign vault move")
    assert "to-file" in good.found
    settings.vault_keys.unlink()
    bad, _ = doctor.lies(settings)
    assert (bad.mark, bad.do) == (Mark.WRONG, "countersign vault check")


def test_the_vaults_own_audit_has_what_was_read_under_another_name(openbao: OpenBao) -> None:
    vault, path = openbao.vault(), f"cases/sample/1/{uuid4()}"
    vault.put(path, VALUES)
    taken(vault, path)
    (device,) = devices(vault)
    lines = openbao.audit.read_text()
    assert hashed(vault, device, VALUES["api_key"]) in lines
    assert VALUES["api_key"] not in lines


def test_a_vault_without_an_audit_is_said_to_have_none(openbao: OpenBao) -> None:
    with between(openbao.url) as way:
        none = json.dumps({"request_id": "x", "data": {}}).encode()
        way.trouble = lambda asked: (200, none) if asked.path.endswith("/sys/audit") else None
        found = vault_looks.audited(openbao.vault(way.address))
    assert found.mark is Mark.LOOK
    assert "keeps no audit" in found.found


def test_a_vault_on_another_machine_is_not_to_be_spoken_to_in_the_clear() -> None:
    assert vault_set_up.in_the_clear("http://vault.example.com:8200")
    assert not vault_set_up.in_the_clear("https://vault.example.com:8200")
    assert not vault_set_up.in_the_clear("http://127.0.0.1:8200")
