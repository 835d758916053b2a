"""A credential is revoked, narrowed, rotated and asked for anew by whoever could approve it now, with their factor."""

from collections.abc import Callable

import pytest

from checkpoints.actions.courses import cancelling
from checkpoints.actions.credentials.life import narrowing, reissuing, retiring, revoking, rotating
from checkpoints.core.errors import IllegalMove, NeedsFactor, NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person
from checkpoints.core.ports import Credentials
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import Grant, Restrictions
from checkpoints.store.secret import lives
from checkpoints.store.secret.lives import Life
from tests.integration.credentials.asked import GIVEN, KEY, give, tables
from tests.integration.credentials.life.stage import carried, events, open_in, operator
from tests.integration.desk.moments import later
from tests.stage.desks import Office
from tests.stage.servers.vaults import taken

NEW = KEY[:-1] + "9"
Verb = Callable[[Office, Person, str], object]

VERBS: dict[str, Verb] = {
    "revoke": lambda office, by, label: revoking.revoke(office.desk, by, label, "it leaked"),
    "narrow": lambda office, by, label: narrowing.narrow(office.desk, by, label, Restrictions(minutes=5)),
    "rotate": lambda office, by, label: rotating.rotate(office.desk, by, label, {"consumer_key": NEW}),
    "rotate by a door": lambda office, by, label: rotating.open_door(office.desk, by, label, 1),
    "retire": lambda office, by, label: retiring.retire(office.desk, by, label),
    "reissue": lambda office, by, label: reissuing.reissue(office.desk, by, label, "it is needed"),
}


def life_of(office: Office, point: Checkpoint) -> Life:
    with office.desk.transaction() as tx:
        life = lives.held(tx, point.id)
    assert life is not None
    return life


@pytest.mark.parametrize("verb", VERBS)
def test_only_whoever_could_approve_it_now_may_and_only_with_their_factor(
    office: Office, given: Checkpoint, backend: Credentials, verb: str
) -> None:
    before = open_in(backend, office)
    with pytest.raises(NotYourCall, match="that is for a technical operator"):
        VERBS[verb](office, office.mira, given.label)
    later(office, "11 minutes")
    with pytest.raises(NeedsFactor):
        VERBS[verb](office, office.ada, given.label)
    carried(office)
    assert (life_of(office, given).ended_at, open_in(backend, office)) == (None, before)


def test_whoever_started_the_project_changes_nothing_of_what_another_has_to_approve(
    office: Office, given: Checkpoint
) -> None:
    grace = operator(office)
    started = office.case("graces", by=grace)
    with office.desk.transaction() as tx:
        tx.exec_driver_sql(f"update desk.case_file set started_by = '{grace.id}' where id = '{given.case_id}'")
    assert started.case == "graces"
    with pytest.raises(NotYourCall, match="another technical operator must answer"):
        revoking.revoke(office.desk, grace, given.label, "it leaked")


def test_a_revoked_one_is_opened_by_nobody_and_its_values_are_gone(
    office: Office, given: Checkpoint, backend: Credentials
) -> None:
    backend.hand(Grant(life_of(office, given).id, life_of(office, given).vault_path))
    with pytest.raises(Refused, match="Say why"):
        revoking.revoke(office.desk, office.ada, given.label, " ")
    revoking.revoke(office.desk, office.ada, given.label, "it leaked")
    carried(office)
    assert open_in(backend, office) == 0
    assert life_of(office, given).ended_because == "revoked by Ada: it leaked"
    assert events(office, given)[-1] == "credential revoked"
    with pytest.raises(IllegalMove, match="asked anew: countersign credential reissue sample/1"):
        revoking.revoke(office.desk, office.ada, given.label, "twice")


def test_narrowing_only_narrows_closes_what_was_handed_before_and_ends_no_later(
    office: Office, given: Checkpoint, backend: Credentials
) -> None:
    life = life_of(office, given)
    backend.hand(Grant(life.id, life.vault_path))
    by = Restrictions(("10.0.0.0/8",), minutes=60, uses=3)
    assert narrowing.narrow(office.desk, office.ada, given.label, by) == by
    carried(office)
    assert life.id not in backend.granted()
    ends = life_of(office, given).expires_at
    assert ends is not None
    for wider in (Restrictions(("11.0.0.0/8",)), Restrictions(minutes=61), Restrictions(uses=4)):
        with pytest.raises(Refused):
            narrowing.narrow(office.desk, office.ada, given.label, wider)
    with pytest.raises(Refused, match="narrows nothing"):
        narrowing.narrow(office.desk, office.ada, given.label, by)
    later(office, "9 minutes")
    narrowing.narrow(office.desk, office.ada, given.label, Restrictions(minutes=59))
    assert life_of(office, given).expires_at == ends
    assert events(office, given).count("credential narrowed") == 2


def test_a_new_value_lies_beside_the_old_one_and_is_what_is_handed_out(
    office: Office, given: Checkpoint, backend: Credentials
) -> None:
    before = life_of(office, given)
    after = rotating.rotate(office.desk, office.ada, given.label, {"consumer_key": NEW})
    assert (before.version, after.version, after.given_by) == (1, 2, "Ada")
    assert taken(backend, after.vault_path) == {"consumer_key": NEW}
    assert taken(backend, before.vault_path) == {"consumer_key": KEY}
    carried(office)
    assert len(backend.paths()) == 2
    assert NEW not in tables(office)
    assert events(office, given)[-1] == "credential rotated"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "its secret fields: consumer_key"),
        (GIVEN, "its secret fields: consumer_key"),
        ({"consumer_key": ""}, "is not filled"),
        ({"consumer_key": NEW + " "}, "white space"),
        ({"consumer_key": "no key"}, "doesn't look right"),
    ],
)
def test_a_wrong_new_value_is_not_kept_and_not_repeated(
    office: Office, given: Checkpoint, backend: Credentials, values: dict[str, str], told: str
) -> None:
    with pytest.raises(Refused, match=told) as refused:
        rotating.rotate(office.desk, office.ada, given.label, values)
    assert NEW not in str(refused.value)
    assert len(backend.paths()) == 1


def test_a_credential_that_ends_while_another_value_is_given_takes_that_along(
    office: Office, given: Checkpoint, backend: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = type(backend).put

    def slow(vault: Credentials, path: str, values: dict[str, str]) -> None:
        put(vault, path, values)
        cancelling.cancel(office.desk, office.mira, given.case, "the client left")

    monkeypatch.setattr(type(backend), "put", slow)
    with pytest.raises(IllegalMove, match="ended at"):
        rotating.rotate(office.desk, office.ada, given.label, {"consumer_key": NEW})
    carried(office)
    assert open_in(backend, office) == 0


def test_what_ended_is_asked_for_anew_under_a_number_that_names_it(
    office: Office, given: Checkpoint, backend: Credentials
) -> None:
    with pytest.raises(IllegalMove, match="lives: rotate it, or revoke it first"):
        reissuing.reissue(office.desk, office.ada, given.label, "it is needed")
    revoking.revoke(office.desk, office.ada, given.label, "it leaked")
    again = reissuing.reissue(office.desk, office.ada, given.label, "it is needed")
    assert (again.number, again.reopens, again.question) == (2, given.label, given.question)
    with pytest.raises(IllegalMove, match=r"its question is now sample/2"):
        reissuing.reissue(office.desk, office.ada, given.label, "twice")
    office.receive()
    assert give(office.desk, office.ada, office.show(again)).state is State.APPROVED
    carried(office)
    assert list(backend.paths()) == [life_of(office, again).vault_path]
