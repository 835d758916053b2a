"""What any vault keeps to: what is put in comes out whole or not at all, and what is forgotten is gone."""

import os
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from checkpoints.core.errors import Intercepted, Refused, Unavailable
from checkpoints.core.ports import Credentials
from checkpoints.core.work.services.handing import Grant, Restrictions
from checkpoints.credentials.embedded import Embedded
from tests.stage.servers.openbao import OpenBao
from tests.stage.servers.vaults import taken

VALUES = {"api_key": "SG.canary-δ", "note": "two\nlines"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(params=["embedded", "openbao", "openbao, by TLS", "openbao, in a namespace"])
def vault(request: pytest.FixtureRequest, home: Path) -> Credentials:
    """Each implementation in turn."""
    if request.param == "embedded":
        return Embedded(home)
    openbao: OpenBao = request.getfixturevalue("openbao")
    if "namespace" in request.param:
        return openbao.within("team/desk")
    return openbao.vault(openbao.tls_url if "TLS" in request.param else openbao.url)


@pytest.fixture
def at() -> str:
    """Before all paths of a test: a server is every test's."""
    return f"cases/sample/1/{uuid4()}"


def test_what_is_put_in_is_taken_out_as_often_as_needed(vault: Credentials, at: str) -> None:
    vault.put(f"{at}/a/1/x", VALUES)
    vault.put(f"{at}/b/1/y", {"api_key": "another"})
    assert taken(vault, f"{at}/a/1/x") == VALUES
    assert taken(vault, f"{at}/a/1/x") == VALUES
    assert taken(vault, f"{at}/b/1/y") == {"api_key": "another"}


def test_where_something_lies_nothing_else_is_put(vault: Credentials, at: str) -> None:
    vault.put(f"{at}/p", {"old": "1", "both": "1"})
    with pytest.raises(Refused, match="lies in the vault there already"):
        vault.put(f"{at}/p", {"both": "2"})
    assert taken(vault, f"{at}/p") == {"old": "1", "both": "1"}


def test_the_names_of_what_lies_there_are_told_and_no_value(vault: Credentials, at: str) -> None:
    vault.put(f"{at}/p", VALUES)
    assert sorted(vault.names(f"{at}/p")) == sorted(VALUES)
    with pytest.raises(Refused, match="Nothing lies in the vault there"):
        vault.names(f"{at}/q")


def test_what_is_granted_and_where_something_lies_is_listed_until_it_is_closed_and_forgotten(
    vault: Credentials, at: str
) -> None:
    ids = {uuid4(), uuid4()}
    for id in ids:
        vault.put(f"{at}/{id}", VALUES)
        vault.hand(Grant(id, f"{at}/{id}"))
    assert ids <= set(vault.granted())
    assert {f"{at}/{id}" for id in ids} <= set(vault.paths())
    for id in ids:
        vault.close(id)
        vault.forget(f"{at}/{id}")
    assert not ids & set(vault.granted())
    assert not [path for path in vault.paths() if path.startswith(at)]


def test_what_is_handed_over_opens_once_for_its_own_path(vault: Credentials, at: str) -> None:
    vault.put(f"{at}/p", VALUES)
    vault.put(f"{at}/q", {"another": "1"})
    handed = vault.hand(Grant(uuid4(), f"{at}/p"))
    assert dict(vault.take(handed)) == VALUES
    with pytest.raises(Intercepted):
        vault.take(handed)
    with pytest.raises(Intercepted):
        vault.take(replace(vault.hand(Grant(uuid4(), f"{at}/p")), path=f"{at}/q"))
    with pytest.raises(Intercepted):
        vault.take(replace(vault.hand(Grant(uuid4(), f"{at}/p")), token="s.another"))
    assert "canary" not in repr(handed)
    assert handed.token not in repr(handed)


def test_whether_a_user_could_open_it_is_told_without_the_value(vault: Credentials, at: str) -> None:
    vault.put(f"{at}/p", VALUES)
    vault.opens(Grant(uuid4(), f"{at}/p", Restrictions(("192.0.2.0/24",), uses=1)))
    assert taken(vault, f"{at}/p") == VALUES
    with pytest.raises(Refused, match="Nothing lies in the vault there"):
        vault.opens(Grant(uuid4(), f"{at}/q"))


def test_a_credential_that_was_closed_opens_nothing_that_was_handed_over_before(vault: Credentials, at: str) -> None:
    vault.put(f"{at}/p", VALUES)
    one, other = uuid4(), uuid4()
    closed, open_still = vault.hand(Grant(one, f"{at}/p")), vault.hand(Grant(other, f"{at}/p"))
    vault.close(one)
    vault.close(one)
    with pytest.raises(Refused, match="was narrowed since") as no:
        vault.take(closed)
    assert not isinstance(no.value, Intercepted), "nobody was first"
    assert one not in vault.granted()
    assert dict(vault.take(open_still)) == VALUES
    assert taken(vault, f"{at}/p") == VALUES


@pytest.mark.promise("F2.2")
def test_what_somebody_opened_before_it_was_closed_is_still_told_as_stolen(vault: Credentials, at: str) -> None:
    vault.put(f"{at}/p", VALUES)
    id = uuid4()
    stolen = vault.hand(Grant(id, f"{at}/p"))
    assert dict(vault.take(stolen)) == VALUES
    vault.close(id)
    with pytest.raises(Intercepted):
        vault.take(stolen)


def test_nothing_there_is_refused_and_forgetting_it_is_no_error(vault: Credentials, at: str) -> None:
    vault.forget(f"{at}/never")
    with pytest.raises(Refused, match="Nothing lies in the vault there"):
        taken(vault, f"{at}/never")


def test_what_is_forgotten_is_gone_and_the_rest_stays(vault: Credentials, at: str) -> None:
    vault.put(f"{at}/a", VALUES)
    vault.put(f"{at}/b", VALUES)
    vault.forget(f"{at}/a")
    with pytest.raises(Refused, match="forgotten"):
        taken(vault, f"{at}/a")
    assert taken(vault, f"{at}/b") == VALUES


def test_many_at_once_lose_nothing(vault: Credentials, at: str) -> None:
    threads = [threading.Thread(target=vault.put, args=(f"{at}/{n}", {"n": str(n)})) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [dict(taken(vault, f"{at}/{n}")) for n in range(20)] == [{"n": str(n)} for n in range(20)]


def test_no_value_is_readable_in_any_file_and_nobody_else_can_open_one(home: Path) -> None:
    Embedded(home).put("cases/a/1/x", VALUES)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert not any(b"canary" in path.read_bytes() for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((home / "vault").stat().st_mode) == 0o700


def test_a_changed_byte_or_another_key_opens_nothing_and_replaces_nothing(home: Path) -> None:
    vault = Embedded(home)
    vault.put("p", VALUES)
    whole = vault.file.read_bytes()
    for place in (5, 25, len(whole) - 1):
        vault.file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Unavailable, match=r"can't be read|damaged"):
            vault.put("q", VALUES)
    vault.file.write_bytes(whole)
    key = vault.key.read_bytes()
    for damaged in (os.urandom(32), key[:-1], b""):
        vault.key.write_bytes(damaged)
        with pytest.raises(Unavailable, match=r"can't be read|damaged"):
            taken(vault, "p")
    vault.key.unlink()
    with pytest.raises(Unavailable, match="key can't be read"):
        vault.put("q", VALUES)
    assert not vault.key.exists()
    vault.key.touch(0o600)
    vault.key.write_bytes(key)
    assert taken(vault, "p") == VALUES


def test_a_key_that_others_can_read_is_not_used(home: Path) -> None:
    vault = Embedded(home)
    vault.put("p", VALUES)
    vault.key.chmod(0o644)
    with pytest.raises(Unavailable, match="Others can read the vault's key"):
        taken(vault, "p")


WRITER = """
import sys
from pathlib import Path
from uuid import uuid4
from checkpoints.credentials.embedded import Embedded
vault = Embedded(Path(sys.argv[1]))
while True:
    path = f"p/{uuid4()}"
    vault.put(path, {"n": "x" * 5000})
    print(path, flush=True)
"""


def test_a_writer_that_is_killed_leaves_all_that_it_said_it_kept(home: Path) -> None:
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(home)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(3)]
        writer.kill()
        writer.communicate()
        vault = Embedded(home)
        assert all(taken(vault, path) for path in told)
        vault.put(told[0] + "/after", VALUES)
        assert taken(vault, told[0] + "/after") == VALUES


def test_a_folder_that_can_t_be_written_is_said(home: Path) -> None:
    home.mkdir()
    (home / "vault").write_text("in the way")
    with pytest.raises(Unavailable, match="The vault can't be opened"):
        Embedded(home).put("p", VALUES)
