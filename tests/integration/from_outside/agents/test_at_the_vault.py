"""What an agent meets at the vault itself: closed meanwhile, away in the midst, too busy; none of it is a theft."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from checkpoints.core.work.services.handing import Grant, Restrictions
from checkpoints.credentials.vault import Vault
from countersign.errors import Ended, Intercepted, Refused, Unavailable
from countersign.now import finished
from countersign.vault import Handed, open_at
from tests.stage.servers.openbao import MOUNT, OpenBao
from tests.stage.wires.between import Asked, Between, between

VALUES = {"api_key": "canary-of-a-value-7193"}


@pytest.fixture
def vault(openbao: OpenBao) -> Vault:
    return openbao.vault()


@pytest.fixture
def path(vault: Vault) -> str:
    path = f"cases/sample/1/{uuid4()}"
    vault.put(path, VALUES)
    return path


@pytest.fixture
def way(openbao: OpenBao) -> Iterator[Between]:
    with between(openbao.url) as standing:
        yield standing


def handed(vault: Vault, path: str, id: UUID, at: str = "", held: Restrictions | None = None) -> Handed:
    made = vault.hand(Grant(id, path, held or Restrictions()))
    return Handed("", at or vault.url, MOUNT, made.path, made.made_at, made.role, token=made.token)


def test_what_was_closed_after_it_was_handed_over_is_an_end_and_no_theft(vault: Vault, path: str) -> None:
    id = uuid4()
    one = handed(vault, path, id)
    vault.close(id)
    with pytest.raises(Ended, match="Nobody else opened it"):
        finished(open_at(one))


@pytest.mark.promise("F2.2")
def test_what_somebody_opened_before_it_was_closed_is_told_as_stolen(vault: Vault, path: str) -> None:
    id = uuid4()
    one = handed(vault, path, id)
    thiefs = Handed("", one.vault, MOUNT, one.path, one.made_at, one.role, token=one.token)
    assert finished(open_at(thiefs)) == VALUES
    vault.close(id)
    with pytest.raises(Intercepted):
        finished(open_at(one))


def test_from_another_network_it_is_refused_in_words(vault: Vault, path: str) -> None:
    with pytest.raises(Refused, match="held to other networks"):
        finished(open_at(handed(vault, path, uuid4(), held=Restrictions(("10.9.9.9/32",)))))


@pytest.mark.promise("F4.2")
def test_a_vault_that_goes_away_in_the_midst_is_gone_on_with_from_there(vault: Vault, path: str, way: Between) -> None:
    left = {"lookup": 429, "login": 503, path.rpartition("/")[2]: 502}

    def trouble(asked: Asked) -> tuple[int, bytes] | None:
        status = left.pop(asked.path.rpartition("/")[2], None)
        return (status, b"<html>not now</html>") if status else None

    way.trouble = trouble
    one = handed(vault, path, uuid4(), way.address)
    for _ in ("lookup", "login", "read"):
        with pytest.raises(Unavailable):
            finished(open_at(one))
    assert not left
    assert finished(open_at(one)) == VALUES
    # Looked at and unwrapped once, and logged in once more than it was answered.
    assert [asked.path.rpartition("/")[2] for asked in way.asked[:4]] == ["lookup", "lookup", "unwrap", "login"]
    assert VALUES["api_key"] not in repr(one)
    assert one.known["token"] not in repr(one)
