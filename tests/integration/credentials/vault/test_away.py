"""A vault that is away, sealed, slow or refusing: nothing by default, and once it is back the same works."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from checkpoints.core.errors import Unavailable
from checkpoints.credentials.vault import Vault
from tests.integration.credentials.vault.steps import VALUES, Steps
from tests.stage.servers.openbao import OpenBao
from tests.stage.wires.between import Between, between

HURRY = 0.25


@pytest.fixture
def way(openbao: OpenBao) -> Iterator[Between]:
    with between(openbao.url) as standing:
        yield standing


@pytest.fixture
def vault(openbao: OpenBao, way: Between) -> Vault:
    """By way of what can be troubled; it has logged in before."""
    vault = openbao.vault(way.address)
    vault.close(Steps(vault, vault).id)
    return vault


@contextmanager
def away(openbao: OpenBao, way: Between) -> Iterator[str]:
    """Nobody listens where it should be."""
    way.trouble = lambda asked: (502, b"<html>no upstream</html>")
    yield "out of order"
    way.trouble = None


@contextmanager
def slow(openbao: OpenBao, way: Between) -> Iterator[str]:
    way.trouble = way.silent
    yield "slow"
    way.trouble = None


@contextmanager
def sealed(openbao: OpenBao, way: Between) -> Iterator[str]:
    openbao.seal()
    try:
        yield "sealed"
    finally:
        openbao.unseal()


@contextmanager
def busy(openbao: OpenBao, way: Between) -> Iterator[str]:
    way.trouble = lambda asked: (429, b'{"errors": ["too many"]}')
    yield "too much at once"
    way.trouble = None


@contextmanager
def no_vault(openbao: OpenBao, way: Between) -> Iterator[str]:
    way.trouble = lambda asked: (200, b"<html>a sign-in page of the network's</html>")
    yield "no vault"
    way.trouble = None


TROUBLES = (away, slow, sealed, busy, no_vault)
Makes = Callable[[OpenBao, Between], AbstractContextManager[str]]


@pytest.mark.promise("F4.1")
@pytest.mark.promise("F4.2")
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: str(trouble.__name__))
def test_a_vault_in_trouble_does_nothing_by_default_and_the_same_works_once_it_is_back(
    openbao: OpenBao, way: Between, vault: Vault, trouble: Makes
) -> None:
    steps = Steps(vault, openbao.vault())
    every = [*steps]
    with trouble(openbao, way) as says:
        # On a busy machine a sound vault may take as long as the test waits for a slow one.
        steps.vault = openbao.vault(way.address, HURRY) if trouble is slow else vault
        for _, step in every:
            with pytest.raises(Unavailable, match=says):
                step()
    steps.vault = vault
    assert openbao.lies(steps.at) == VALUES
    for name, step in every:
        answer = step()
        if name == "take":
            assert answer == VALUES
    assert not openbao.exists(steps.at)


@pytest.mark.promise("F4.1")
@pytest.mark.promise("F4.2")
def test_a_vault_that_refuses_what_the_desk_needs_says_what_to_do_and_goes_on_once_it_is_allowed(
    openbao: OpenBao, vault: Vault
) -> None:
    steps = Steps(vault, openbao.vault())
    every = [*steps]
    before = openbao.policy("countersign-desk")
    openbao.write_policy("countersign-desk", 'path "nothing" { capabilities = ["read"] }')
    try:
        for name, step in every:
            if name != "take":
                with pytest.raises(Unavailable, match="countersign vault check"):
                    step()
    finally:
        openbao.write_policy("countersign-desk", before)
    assert openbao.lies(steps.at) == VALUES
    for _, step in every:
        step()
    assert not openbao.exists(steps.at)


def test_a_vault_that_nobody_listens_for_is_away(openbao: OpenBao) -> None:
    with between(openbao.url) as gone:
        vault = openbao.vault(gone.address)
        vault.close(Steps(vault, vault).id)
    with pytest.raises(Unavailable, match="away"):
        vault.names("cases/sample/1/x")


def test_a_token_that_was_revoked_meanwhile_is_made_anew_once(openbao: OpenBao, way: Between, vault: Vault) -> None:
    steps = Steps(vault, openbao.vault())
    every = dict(steps)
    token = way.asked[-1].token
    openbao.admin("POST", "auth/token/revoke", {"token": token})
    way.asked.clear()
    assert every["names"]() == tuple(VALUES)
    assert [asked.path.rpartition("/")[2] for asked in way.asked].count("login") == 1
    assert way.asked[-1].token not in ("", token)


def test_one_login_does_for_many_calls(way: Between, vault: Vault) -> None:
    for _ in range(3):
        vault.forget("cases/sample/1/never")
    assert [asked.path for asked in way.asked].count("/v1/auth/approle/login") == 1
