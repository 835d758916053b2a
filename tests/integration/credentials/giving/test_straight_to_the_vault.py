"""What doesn't pass the desk: written to OpenBao from the person's side, or lying there already."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest

from checkpoints.actions import reading, withdrawing
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.credentials import entrusting, giving
from checkpoints.core.errors import Countersign, IllegalMove, NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Asker, Role
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import Wanted, ask
from checkpoints.core.work.services.handing import Restrictions
from checkpoints.credentials import door
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import GIVEN, KEY, press, tables
from tests.integration.credentials.forgotten import forgotten
from tests.integration.desk.moments import later
from tests.stage.desks import Office
from tests.stage.servers.openbao import OpenBao
from tests.stage.servers.vaults import taken

SECRET, PLAIN = {"consumer_key": KEY}, {"redirect_uri": GIVEN["redirect_uri"]}


@pytest.fixture
def with_bao(desk: Desk, openbao: OpenBao) -> Desk:
    """The same desk with that vault."""
    return replace(desk, credentials=openbao.vault())


def entered(desk: Desk, office: Office, point: Checkpoint, values: Mapping[str, str] = SECRET) -> str:
    """The path where the person's side just wrote."""
    entrance = entrusting.open_door(desk, office.ada, press(point))
    assert entrance is not None
    door.write(entrance.door, values)
    return entrance.path


def lies(desk: Desk, path: str) -> bool:
    assert desk.credentials is not None
    try:
        return bool(desk.credentials.names(path))
    except Refused:
        return False


def test_what_the_persons_side_wrote_is_given_once_the_desk_saw_its_names(
    with_bao: Desk, office: Office, openbao: OpenBao, point: Checkpoint
) -> None:
    path = entered(with_bao, office, point)
    after = entrusting.given_there(with_bao, office.ada, press(point), path, PLAIN)
    assert after.state is State.APPROVED
    assert openbao.lies(path) == SECRET
    line = reading.history(with_bao, point.label).lines[-1]
    assert (line.event, json.loads(line.body)["went"]) == ("credential given", "straight to the vault")
    assert KEY not in tables(office)
    with pytest.raises(Refused, match="was sent before"):
        entrusting.given_there(with_bao, office.ada, press(point), path, PLAIN)
    later(office, "1 hour")
    forgotten(with_bao)
    assert openbao.lies(path) == SECRET


def test_in_a_shell_it_is_one_go_and_the_desk_holds_no_token_that_reads_it(
    with_bao: Desk, office: Office, openbao: OpenBao, point: Checkpoint
) -> None:
    after = entrusting.give(with_bao, office.ada, press(point), GIVEN, door.write)
    assert after.decision is not None
    path = after.decision.fields["consumer_key"].removeprefix("vault:")
    assert openbao.lies(path) == SECRET
    assert with_bao.credentials is not None
    assert taken(with_bao.credentials, path) == SECRET


def test_a_slip_or_a_no_opens_no_door(with_bao: Desk, office: Office, openbao: OpenBao, point: Checkpoint) -> None:
    before = openbao.names("sys/policies/acl")
    with pytest.raises(Refused, match="doesn't look right"):
        entrusting.give(with_bao, office.ada, press(point), GIVEN | {"consumer_key": "odd"}, door.write)
    with pytest.raises(NotYourCall):
        entrusting.open_door(with_bao, office.person("Grace", Role.MANAGER), press(point))
    with pytest.raises(IllegalMove, match="was changed"):
        entrusting.open_door(with_bao, office.ada, replace(press(point), digest="0" * 64))
    assert openbao.names("sys/policies/acl") == before


def test_what_was_written_and_never_decided_is_forgotten(with_bao: Desk, office: Office, point: Checkpoint) -> None:
    path = entered(with_bao, office, point)
    forgotten(with_bao)
    assert lies(with_bao, path)
    later(office, "6 minutes")
    with pytest.raises(Refused, match="took too long"):
        entrusting.given_there(with_bao, office.ada, press(point), path, PLAIN)
    forgotten(with_bao)
    assert not lies(with_bao, path)
    assert office.show(point).state is State.OPEN


@pytest.mark.parametrize("values", [{"another": KEY}, {**SECRET, "another": "x" * 20}])
def test_other_fields_than_were_asked_are_not_given_and_not_left(
    with_bao: Desk, office: Office, point: Checkpoint, values: dict[str, str]
) -> None:
    path = entered(with_bao, office, point, values)
    with pytest.raises(Refused, match="asked are just these: consumer_key"):
        entrusting.given_there(with_bao, office.ada, press(point), path, PLAIN)
    assert not lies(with_bao, path)


def test_a_refusal_after_it_was_written_takes_it_back(
    with_bao: Desk, office: Office, run: Run, point: Checkpoint
) -> None:
    stale, path = press(point), entered(with_bao, office, point)
    submitting.revise(office.asker, run, point, point.request)
    office.receive()
    with pytest.raises(IllegalMove, match="is at revision 2 now"):
        entrusting.given_there(with_bao, office.ada, stale, path, PLAIN)
    assert not lies(with_bao, path)
    path = entered(with_bao, office, office.show(point))
    with pytest.raises(Refused, match="not asked here"):
        entrusting.given_there(with_bao, office.ada, press(office.show(point)), path, GIVEN)
    assert not lies(with_bao, path)


def test_a_path_that_no_door_led_to_is_not_taken(with_bao: Desk, office: Office, point: Checkpoint) -> None:
    entered(with_bao, office, point)
    for path in (f"cases/{point.label}/{uuid4()}", "cases/another/1/x", "team/x", "", "../x"):
        with pytest.raises(Refused, match="went elsewhere"):
            entrusting.given_there(with_bao, office.ada, press(point), path, PLAIN)
    assert office.show(point).state is State.OPEN


def test_what_lies_there_already_is_given_by_its_path_and_is_never_deleted(
    with_bao: Desk, office: Office, openbao: OpenBao, point: Checkpoint
) -> None:
    path = f"team/{uuid4()}"
    openbao.admin("POST", f"countersign/data/{path}", {"data": SECRET})
    before = openbao.names("auth/approle/role")
    given = entrusting.give_existing(with_bao, office.ada, press(point), path, PLAIN)
    assert given.decision is not None
    assert given.decision.fields == {"consumer_key": f"vault:{path}", **PLAIN}
    assert openbao.names("auth/approle/role") == before
    assert "existing" in tables(office)
    with with_bao.transaction() as tx:
        withdrawing.void_in(tx, given, Asker("Apollo"), "it was rejected there")
    forgotten(with_bao)
    assert openbao.lies(path) == SECRET


def test_an_existing_path_must_be_there_with_just_what_is_asked_and_be_nobodys_case(
    with_bao: Desk, desk: Desk, office: Office, openbao: OpenBao, point: Checkpoint
) -> None:
    other = f"team/{uuid4()}"
    openbao.admin("POST", f"countersign/data/{other}", {"data": {**SECRET, "more": "1"}})
    for path, told in (
        (f"team/{uuid4()}", "Nothing lies in the vault there"),
        (other, "lie 2 fields there"),
        ("cases/another/1/x", "is the desk's"),
        ("team/../cases/x", "no path of your own"),
        ("team/*", "no path of your own"),
    ):
        with pytest.raises(Refused, match=told):
            entrusting.give_existing(with_bao, office.ada, press(point), path, PLAIN)
    with pytest.raises(Refused, match="embedded vault"):
        entrusting.give_existing(desk, office.ada, press(point), other, PLAIN)
    assert office.show(point).state is State.OPEN


def test_a_giver_narrows_what_was_asked_and_can_t_widen_it(with_bao: Desk, office: Office, run: Run) -> None:
    wanted = Wanted("sample", "Sample", "Some Service", restrictions=Restrictions(("10.0.0.0/8",), 60))
    point = office.ask(run, ask(wanted))
    values = {"api_key": "canary-canary-canary"}
    for wider in (Restrictions(("0.0.0.0/0",)), Restrictions(minutes=61)):
        for given in (giving.give, partial(entrusting.give, write=door.write)):
            with pytest.raises(Countersign, match=r"narrow it|more than the 60"):
                given(with_bao, office.ada, press(point), values, held=wider)
    assert office.show(point).state is State.OPEN
    giving.give(with_bao, office.ada, press(point), values, held=Restrictions(("10.1.0.0/16",), 30, 2))
    body = json.loads(reading.history(with_bao, point.label).lines[-1].body)
    assert body["held"] == "from 10.1.0.0/16, for 30 minutes, 2 times at most"
    assert '"cidrs": ["10.1.0.0/16"]'.replace('"', "'") in tables(office)
