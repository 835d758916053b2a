"""A team's own part of a vault: connected to by name, checked, and nobody in another part is taken for it."""

from dataclasses import replace
from uuid import uuid4

import pytest

from checkpoints.core.errors import Intercepted, Refused, Unavailable
from checkpoints.core.work.services.handing import Grant
from checkpoints.credentials.vault import Vault
from checkpoints.credentials.vault.calls import Server
from checkpoints.credentials.vault.setting_up import Administrator, set_up
from checkpoints.settings import Settings
from tests.integration.credentials.vault.steps import VALUES
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office
from tests.stage.servers.openbao import MOUNT, PAGE, OpenBao
from tests.stage.servers.vaults import taken
from to_tools import vault_set_up
from to_tools.cli.doctor import vault as doctor
from to_tools.cli.doctor.finding import Mark
from to_tools.cli.machine import vault_looks

OURS, OTHERS = "team/desk", "team/others"
JUNK = ("a b", "..", "../x", "team//desk", "x\ny", "té", "-x", "a" * 90, "/".join("abcdefghijkl"), "/")


@pytest.fixture
def vault(openbao: OpenBao) -> Vault:
    return openbao.within(OURS)


def test_by_its_name_a_desk_is_connected_to_it_and_says_so(
    shell: Shell, office: Office, openbao: OpenBao, vault: Vault
) -> None:
    told = ("--url", openbao.url, "--namespace", f"/{OURS}/")
    said = shell.run("vault", "set-up", *told, said=f"{openbao.root}\n".encode())
    assert said.code == 0, said.err
    assert f"the namespace {OURS} of {openbao.url}" in said.out
    assert f"browsers hand over from {vault_set_up.origin(office.settings.page_url)}" in said.out
    settings = Settings(home=office.settings.home)
    assert settings.vault_namespace == OURS
    path = f"cases/sample/1/{uuid4()}"
    vault_set_up.vault(settings).put(path, VALUES)
    assert taken(vault, path) == VALUES
    assert not openbao.exists(path)
    checked = shell.run("vault", "check")
    assert checked.code == 0, checked.out
    assert f"in the namespace {OURS}" in checked.out
    (found,) = doctor.lies(settings)
    assert (found.mark, f"namespace {OURS}, mount {MOUNT}" in found.found) == (Mark.OK, True)
    assert "doesn't say whether it keeps an audit" in found.found
    # The same login is nobody's in the root.
    assert shell.run("vault", "check", "--namespace", "root").code == 6


def test_what_is_no_namespace_and_what_isn_t_there_is_refused(office: Office, openbao: OpenBao, vault: Vault) -> None:
    for junk in JUNK:
        with pytest.raises(Refused, match="words with a slash"):
            vault_set_up.where(office.settings, openbao.url, "", None, junk)
    inside = office.settings.model_copy(update={"vault_namespace": OURS})
    for said, meant in (("", OURS), ("root", ""), ("other/", "other")):
        assert vault_set_up.where(inside, openbao.url, "", None, said).namespace == meant
    nowhere = Server(openbao.url, namespace="nowhere")
    with pytest.raises(Refused, match="no namespace nowhere"):
        set_up(Administrator(nowhere, openbao.root), MOUNT, [PAGE])
    with pytest.raises(Unavailable, match="no such namespace"):
        replace(vault, namespace="nowhere").paths()


def test_who_runs_but_a_namespace_sets_it_up_and_hears_that_browsers_are_not_let_in(
    openbao: OpenBao, vault: Vault
) -> None:
    everything = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }'
    openbao.admin("PUT", "sys/policies/acl/everything", {"policy": everything}, within=OURS)
    made = openbao.admin("POST", "auth/token/create", {"policies": ["everything"]}, within=OURS).json()
    before = openbao.admin("GET", "sys/config/cors").json()["data"]
    set_up(Administrator(vault.server, made["auth"]["client_token"]), MOUNT, ["https://another.example.com"])
    assert openbao.admin("GET", "sys/config/cors").json()["data"] == before
    assert not vault.server.lets("https://another.example.com")
    assert vault.server.lets(PAGE)
    for page, mark in ((PAGE, Mark.OK), ("https://another.example.com", Mark.LOOK)):
        assert vault_looks.handing_over(vault, page).mark is mark


@pytest.mark.promise("F2.2")
def test_what_somebody_makes_in_another_namespace_at_the_same_place_is_not_taken_for_ours(
    openbao: OpenBao, vault: Vault
) -> None:
    path, id = f"cases/sample/1/{uuid4()}", uuid4()
    vault.put(path, VALUES)
    handed = vault.hand(Grant(id, path))
    others = openbao.within(OTHERS).hand(Grant(id, path))
    # A vault tells of any of its tokens wherever it is asked, and names no namespace.
    assert handed.made_at.partition("@")[0] == others.made_at.partition("@")[0]
    with pytest.raises(Intercepted, match="not made by the desk"):
        vault.take(replace(handed, token=others.token))
    assert dict(vault.take(handed)) == VALUES
