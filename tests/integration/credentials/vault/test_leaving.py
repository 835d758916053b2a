"""Back to the embedded file: not while anything lies in the vault, and with what is left there said."""

from dataclasses import replace

import pytest

from checkpoints.actions.credentials import connecting, forgetting, giving
from checkpoints.core.errors import NotYourCall
from checkpoints.core.view import Checkpoint
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from tests.integration.credentials.asked import GIVEN, press
from tests.integration.credentials.forgotten import forgotten
from tests.integration.shell.commands import Said, Shell
from tests.stage.desks import Office
from tests.stage.servers.openbao import OpenBao
from to_tools import vault_set_up
from to_tools.up.remembering import remember


@pytest.fixture
def with_bao(desk: Desk, openbao: OpenBao) -> Desk:
    return replace(desk, credentials=openbao.vault())


def test_the_desk_leaves_a_vault_in_which_nothing_of_it_lies_any_more(
    shell: Shell, office: Office, with_bao: Desk, openbao: OpenBao, point: Checkpoint
) -> None:
    leaving = ("vault", "disconnect")
    assert "no vault but the embedded file" in " ".join(shell.run(*leaving).err.split())
    settings = openbao.settings(office.settings)
    remember(settings, "vault_url", openbao.url)
    giving.give(with_bao, office.ada, press(point), GIVEN)

    def refused(said: Said) -> str:
        assert (said.code, Settings(home=settings.home).vault_url) == (3, openbao.url)
        assert settings.vault_keys.exists()
        return " ".join(said.err.split())

    assert f"still lie in the vault: {point.label} (pocket)" in (told := refused(shell.run(*leaving)))
    assert "credential revoke" in told
    with with_bao.transaction() as tx:
        forgetting.end_credential_of(tx, point.case_id, point.id, "it was revoked", "Ada")
    assert "1 things are still to be forgotten" in refused(shell.run(*leaving))
    forgotten(with_bao)
    with with_bao.transaction() as tx:
        tx.exec_driver_sql("update desk.errand set done_at = desk.desk_now() where kind = 'forget'")
    assert "out of the environment" in refused(shell.run(*leaving, COUNTERSIGN_VAULT_URL=openbao.url))
    with pytest.raises(NotYourCall):
        connecting.disconnect(office.desk, office.mira, openbao.url, "countersign")

    said = shell.run(*leaving)
    assert said.code == 0, said.err
    assert "vault delete auth/approle/role/countersign-desk" in said.out
    after = Settings(home=settings.home)
    assert (after.vault_url, settings.vault_keys.exists()) == ("", False)
    with office.desk.transaction() as tx:
        (event,) = tx.exec_driver_sql("select event from desk.audit_line order by number desc limit 1").scalars()
    assert event == "vault disconnected"


def test_what_a_set_up_left_is_told_with_what_takes_it_away(office: Office, openbao: OpenBao) -> None:
    beside = office.settings.home / "vault-here"
    beside.mkdir()
    told = [*vault_set_up.to_remove(office.settings, vault_set_up.Where(openbao.url, "kv", None, "team/desk"))]
    assert told[0] == "export VAULT_NAMESPACE=team/desk"
    assert any(line.startswith("vault secrets disable kv/") for line in told)
    assert told[-1].startswith(f"rm -r {beside}")
