"""Another value goes straight to OpenBao from the person's side; the desk sees its names, and which version it is."""

import json
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.actions.credentials import entrusting
from checkpoints.actions.credentials.life import revoking, rotating
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import Door
from checkpoints.credentials import door
from checkpoints.credentials.embedded import Embedded
from tests.integration.credentials.asked import GIVEN, KEY, press, tables
from tests.integration.credentials.forgotten import forgotten
from tests.integration.credentials.life.stage import as_owner, carried, open_in, vault_of
from tests.integration.credentials.life.test_by_hand import NEW, life_of
from tests.integration.credentials.life.test_page_and_shell import form, page_of, send
from tests.integration.desk.moments import later
from tests.integration.shell.commands import Shell
from tests.stage.desks import Authenticator, Office
from tests.stage.servers.openbao import OpenBao

pytestmark = pytest.mark.parametrize("office", ["openbao"], indirect=True)

VALUES = {"consumer_key": NEW}
PLAIN = {"redirect_uri": GIVEN["redirect_uri"]}


def entered(office: Office, given: Checkpoint, values: dict[str, str] | None = None) -> str:
    """The path where the person's side just wrote the value that is to come after the newest."""
    entrance = rotating.open_door(office.desk, office.ada, given.label, life_of(office, given).version)
    assert entrance is not None
    door.write(entrance.door, values or VALUES)
    return entrance.path


def there(office: Office, given: Checkpoint, path: str, seen: int = 1) -> int:
    """The version that it is then."""
    return rotating.rotated_there(office.desk, office.ada, given.label, seen, path).version


def lies(office: Office, path: str) -> bool:
    try:
        return bool(vault_of(office.desk).names(path))
    except Refused:
        return False


def went(office: Office, given: Checkpoint) -> str:
    """Which way the newest value went, as the audit has it."""
    lines = reading.history(office.desk, given.label).lines
    (last,) = [line.body for line in lines if line.event == "credential rotated"][-1:]
    return str(json.loads(last)["went"])


def test_what_the_persons_side_wrote_is_the_next_version_once_the_desk_saw_its_names(
    office: Office, given: Checkpoint, openbao: OpenBao
) -> None:
    before, path = life_of(office, given).vault_path, entered(office, given)
    assert there(office, given, path) == 2
    assert (life_of(office, given).vault_path, went(office, given)) == (path, "straight to the vault")
    with pytest.raises(Refused, match="was sent before"):
        there(office, given, path, 2)
    later(office, "6 minutes")
    forgotten(office.desk)
    assert (openbao.lies(path), openbao.lies(before)) == (VALUES, {"consumer_key": KEY})
    assert NEW not in tables(office)


def test_a_shell_writes_it_by_the_door_in_one_go_and_a_slip_opens_none(
    office: Office, given: Checkpoint, openbao: OpenBao
) -> None:
    before = openbao.names("sys/policies/acl")
    with pytest.raises(Refused, match="doesn't look right"):
        rotating.rotate(office.desk, office.ada, given.label, {"consumer_key": "odd"}, write=door.write)
    assert openbao.names("sys/policies/acl") == before
    life = rotating.rotate(office.desk, office.ada, given.label, VALUES, seen=1, write=door.write)
    assert (life.version, openbao.lies(life.vault_path)) == (2, VALUES)
    assert went(office, given) == "straight to the vault"
    with pytest.raises(IllegalMove, match="rotated by another meanwhile"):
        rotating.rotate(office.desk, office.ada, given.label, VALUES, seen=1, write=door.write)


def test_in_the_shell_it_is_said_before_which_way_it_goes(
    shell: Shell, office: Office, given: Checkpoint, openbao: OpenBao, app: Authenticator
) -> None:
    words = ("credential", "rotate", given.label, "--otp", app.code(1))
    said = shell.run(*words, said=f"consumer_key={NEW}\n".encode(), COUNTERSIGN_VAULT_URL=openbao.url)
    assert said.code == 0, said.err
    assert f"It goes straight from this shell to the vault at {openbao.url}." in " ".join(said.out.split())
    assert went(office, given) == "straight to the vault"
    assert openbao.lies(life_of(office, given).vault_path) == VALUES
    assert NEW not in said.out + said.err


def test_who_is_overtaken_by_another_or_by_its_end_leaves_nothing_there(office: Office, given: Checkpoint) -> None:
    path = entered(office, given)
    rotating.rotate(office.desk, office.ada, given.label, {"consumer_key": KEY})
    assert went(office, given) == "through this desk's memory"
    for late in (path, entered(office, given)):
        with pytest.raises(IllegalMove, match="rotated by another meanwhile"):
            there(office, given, late)
        assert not lies(office, late)
    with pytest.raises(IllegalMove, match="rotated by another meanwhile"):
        rotating.open_door(office.desk, office.ada, given.label, 1)
    path = entered(office, given)
    revoking.revoke(office.desk, office.ada, given.label, "it leaked")
    with pytest.raises(IllegalMove, match="ended at"):
        there(office, given, path, 2)
    carried(office)
    assert open_in(vault_of(office.desk), office) == 0


def test_what_was_written_and_never_recorded_or_holds_other_fields_is_forgotten(
    office: Office, given: Checkpoint
) -> None:
    for values in ({"another": NEW}, VALUES | {"another": "x" * 20}):
        path = entered(office, given, values)
        with pytest.raises(Refused, match="asked are just these: consumer_key"):
            there(office, given, path)
        assert not lies(office, path)
    path = entered(office, given)
    forgotten(office.desk)
    assert lies(office, path)
    later(office, "6 minutes")
    with pytest.raises(Refused, match="took too long"):
        there(office, given, path)
    forgotten(office.desk)
    assert (lies(office, path), life_of(office, given).version) == (False, 1)


def test_no_other_path_is_taken_and_what_is_in_use_is_not_taken_away(office: Office, given: Checkpoint) -> None:
    # It came through memory just now: whether it stays is decided, though its promise to be forgotten waits still.
    used = life_of(office, given).vault_path
    for path in (used, f"cases/{given.label}/{uuid4()}", "cases/another/1/x", "team/x", ""):
        with pytest.raises(Refused, match="went elsewhere"):
            there(office, given, path)
        with pytest.raises(Refused, match="went elsewhere"):
            entrusting.given_there(office.desk, office.ada, press(given), path, PLAIN)
    assert (lies(office, used), life_of(office, given).version) == (True, 1)


def test_a_key_that_the_desk_ends_at_its_service_it_has_to_see_and_a_file_has_no_door(
    office: Office, given: Checkpoint
) -> None:
    in_a_file = replace(office.desk, credentials=Embedded(office.settings.home))
    assert rotating.open_door(in_a_file, office.ada, given.label, 1) is None
    path = entered(office, given)
    as_owner(office, "update desk.credential set origin = 'made'")
    assert rotating.open_door(office.desk, office.ada, given.label, 1) is None
    with pytest.raises(Refused, match="has to see"):
        there(office, given, path)
    assert not lies(office, path)


def test_on_the_page_the_door_is_told_after_the_code_and_the_form_comes_without_the_value(
    ada: httpx.Client, office: Office, given: Checkpoint, openbao: OpenBao, app: Authenticator
) -> None:
    at, policy = f"{page_of(given)}/rotate", "content-security-policy"
    shown = ada.get(f"{page_of(given)}/lives")
    assert f"connect-src 'self' {openbao.url};" in shown.headers[policy]
    assert "passes through this page’s memory" in shown.text
    filled = form(ada, given, "rotate")
    told = {name: value for name, value in filled.items() if name != "lies_at"}
    refused = ada.post(f"{at}/door", data=told)
    assert (refused.status_code, "second factor" in refused.json()["refused"]) == (403, True)
    opened = ada.post(f"{at}/door", data=told | {"code": app.code(1)})
    assert opened.headers["cache-control"] == "no-store"
    entrance = opened.json()
    door.write(Door(entrance["address"], entrance["token"]), VALUES)
    both = send(ada, given, "rotate", lies_at=entrance["lies_at"], **{"field.consumer_key": NEW})
    assert (both.status_code, "not both" in both.text) == (422, True)
    rotated = ada.post(at, data=filled | {"lies_at": entrance["lies_at"]})
    assert rotated.status_code == 303, rotated.text
    assert openbao.lies(life_of(office, given).vault_path) == VALUES
    assert "straight to the vault" in ada.get(f"/checkpoints/{given.label}").text
    stale = ada.post(f"{at}/door", data=told)
    assert (stale.status_code, "by another meanwhile" in stale.json()["refused"]) == (409, True)
    for text in (both.text, ada.get(f"{page_of(given)}/lives").text, ada.get("/audit").text, tables(office)):
        assert NEW not in text
        assert entrance["token"] not in text


@pytest.mark.promise("E4.2")
def test_junk_at_the_door_for_another_value_opens_none_and_repeats_nothing(
    ada: httpx.Client, given: Checkpoint, openbao: OpenBao, app: Authenticator
) -> None:
    before, at = openbao.names("sys/policies/acl"), f"{page_of(given)}/rotate"
    filled = form(ada, given, "rotate")
    told = {name: value for name, value in filled.items() if name != "lies_at"} | {"code": app.code(1)}
    for junk in (
        told | {"field.consumer_key": NEW},
        told | {"more": NEW},
        told | {"version": NEW},
        told | {"version": ""},
        told | {"form_token": NEW},
        {"form_token": told["form_token"]},
    ):
        refused = ada.post(f"{at}/door", data=junk)
        assert 400 <= refused.status_code < 500
        assert NEW not in refused.text
    assert ada.post(at, data=filled | {"lies_at": NEW * 10}).status_code == 422
    assert openbao.names("sys/policies/acl") == before
