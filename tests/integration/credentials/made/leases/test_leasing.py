"""A database login by lease, at the vault: made anew at each opening, never more than its role allows, then dropped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import psycopg
import pytest

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.work.services.handing import UNRESTRICTED, Grant, Handed, Restrictions, is_lease
from checkpoints.credentials.vault import leases, policies
from checkpoints.credentials.vault.calls import Verb
from checkpoints.credentials.vault.setting_up import policy
from countersign import vault as client
from countersign.now import finished
from tests.stage.runs import eventually
from tests.stage.servers.leasing import Leasing
from tests.stage.servers.openbao import MOUNT
from to_tools.cli.machine import vault_looks


def opened(leased: Leasing, grant: Grant) -> dict[str, str]:
    return dict(leased.vault.take(leased.vault.hand(grant)))


def test_a_login_works_is_another_each_time_and_all_of_them_go_with_their_credential(leased: Leasing) -> None:
    grant, other = Grant(uuid4(), leased.path), Grant(uuid4(), leased.path)
    one, two, others = opened(leased, grant), opened(leased, grant), opened(leased, other)
    assert len({one["username"], two["username"], others["username"]}) == 3
    for login in (one, two, others):
        with leased.log_in(login) as line:
            assert line.execute("select what from kept").fetchall() == [("there",)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                line.execute("insert into kept values ('more')")
    assert {grant.id, other.id} <= set(leased.vault.granted())
    leased.vault.close(grant.id)
    leased.vault.close(grant.id)
    assert leased.logins() == {others["username"]}
    with pytest.raises(psycopg.OperationalError):
        leased.log_in(one)
    leased.vault.close(other.id)
    assert (leased.logins(), leased.copies()) == (set(), set())
    assert not {grant.id, other.id} & set(leased.vault.granted())


@pytest.mark.promise("F3.1")
def test_what_a_kill_left_of_a_trial_goes_with_its_login(leased: Leasing) -> None:
    trial = Grant(policies.trial_id(datetime.now(UTC) - timedelta(minutes=6)), leased.path, leases.LONGEST_TRIAL)
    login = opened(leased, trial)
    assert leased.logins() == {login["username"]}
    assert trial.id not in leased.vault.granted()
    assert (leased.logins(), leased.copies()) == (set(), set())


def test_a_login_is_dropped_when_its_time_is_over_though_nobody_closes_it(leased: Leasing) -> None:
    path = leased.role("short", default_ttl="2s", max_ttl="2s")
    grant = Grant(uuid4(), path)
    login = opened(leased, grant)
    assert leased.logins() == {login["username"]}
    eventually(lambda: True if not leased.logins() else None, "the login is dropped")
    leased.vault.close(grant.id)


@pytest.mark.parametrize(
    ("approved", "usual", "most", "lasts"),
    [
        (UNRESTRICTED, "1h", "2h", 3600),
        (UNRESTRICTED, "0", "2h", 7200),
        (UNRESTRICTED, "0", "0", 0),
        (Restrictions(minutes=5), "1h", "2h", 300),
        (Restrictions(minutes=90), "1h", "2h", 5400),
        (Restrictions(minutes=600), "1h", "2h", 7200),
        (Restrictions(minutes=600), "1h", "0", 36000),
    ],
)
def test_a_login_lasts_no_longer_than_was_approved_or_than_its_role_lets_it(
    leased: Leasing, approved: Restrictions, usual: str, most: str, lasts: int
) -> None:
    path = leased.role("short", default_ttl=usual, max_ttl=most)
    copy = leases.copied(leased.vault.login, Grant(uuid4(), path, approved))
    assert (copy["default_ttl"], copy["max_ttl"]) == (lasts, lasts)
    made = leased.openbao.admin("GET", f"{leased.engine}/roles/short").json()["data"]
    assert {name: made[name] for name in copy if not name.endswith("_ttl")} == {
        name: value for name, value in copy.items() if not name.endswith("_ttl")
    }


def test_its_user_reads_it_once_and_a_second_reading_drops_what_the_first_made(leased: Leasing) -> None:
    grant = Grant(uuid4(), leased.path)
    handed = leased.vault.hand(grant)
    token = leased.vault._let_in(handed, leased.vault._opened(handed))
    where = f"{leased.openbao.url}/v1/{handed.path}"
    first, second, third = (
        httpx.get(where, headers={"X-Vault-Token": token}, trust_env=False).status_code for _ in range(3)
    )
    assert (first, second, third) == (200, 400, 403)
    eventually(lambda: True if not leased.logins() else None, "the login is dropped")
    leased.vault.close(grant.id)


def test_an_agent_from_outside_reads_its_login_by_plain_http(leased: Leasing) -> None:
    grant = Grant(uuid4(), leased.path)
    handed, where = leased.vault.hand(grant), leased.openbao.url
    outside = client.Handed("", where, MOUNT, handed.path, handed.made_at, handed.role, token=handed.token)
    login = finished(client.open_at(outside))
    with leased.log_in(login) as line:
        assert line.execute("select what from kept").fetchall() == [("there",)]
    leased.vault.close(grant.id)
    assert leased.logins() == set()


def test_whether_its_user_could_open_it_is_tried_and_leaves_nothing(leased: Leasing) -> None:
    leased.vault.opens(Grant(uuid4(), leased.path))
    assert (leased.logins(), leased.copies()) == (set(), set())
    assert leased.vault.names(leased.path) == ("username", "password")


def test_a_connection_that_takes_no_copies_is_said_before_anything_is_given(leased: Leasing) -> None:
    leased.allow("readonly")
    try:
        with pytest.raises(Unavailable, match="allowed_roles"):
            leased.vault.opens(Grant(uuid4(), leased.path))
    finally:
        leased.allow("readonly", "short", "countersign-use-*")
    assert (leased.logins(), leased.copies()) == (set(), set())


def test_what_is_no_role_of_a_database_engine_is_refused(leased: Leasing) -> None:
    for path in (f"{leased.engine}/creds/another", f"{leased.engine}/creds/*"):
        with pytest.raises(Refused, match=r"no such role|no path in the vault"):
            leased.vault.names(path)
        with pytest.raises(Refused, match=r"no such role|no path in the vault"):
            leased.vault.hand(Grant(uuid4(), path))
    with pytest.raises(Unavailable, match="vault set-up"):
        leased.vault.names("another-engine/creds/readonly")
    assert leased.copies() == set()


def test_the_desks_own_login_has_none_made_and_changes_no_role_of_an_administrators(leased: Leasing) -> None:
    grant = Grant(uuid4(), leased.path)
    opened(leased, grant)
    copy = leases.copy_of(grant)
    tries: tuple[tuple[Verb, str], ...] = (
        ("read", leased.path),
        ("read", copy),
        ("write", f"{leased.engine}/roles/readonly"),
        ("delete", f"{leased.engine}/roles/readonly"),
        ("write", f"sys/leases/revoke-prefix/{leased.path}"),
    )
    for verb, where in tries:
        with pytest.raises(Unavailable, match="doesn't allow the desk this"):
            leased.vault.login.call(verb, where, {"db_name": "kept"})
    leased.vault.close(grant.id)


def test_what_was_handed_over_opens_no_other_credentials_login(leased: Leasing) -> None:
    one, other = Grant(uuid4(), leased.path), Grant(uuid4(), leased.path)
    handed: Handed = leased.vault.hand(one)
    leased.vault.hand(other)
    with pytest.raises(Refused):
        leased.vault.take(replace(handed, path=leases.copy_of(other)))
    for grant in (one, other):
        leased.vault.close(grant.id)
    assert leased.logins() == set()


def test_the_set_up_finds_the_engines_and_check_names_them(leased: Leasing) -> None:
    assert vault_looks.leasing(leased.vault).found == f"{leased.engine}/"
    assert leases.engines(policy(MOUNT)) == ()
    assert leases.engines(policy(MOUNT, ["database", "team/pg"])) == ("database", "team/pg")


def test_a_path_of_a_lease_is_told_from_one_where_something_lies() -> None:
    assert all(is_lease(path) for path in ("database/creds/readonly", "team/pg/creds/app"))
    assert not any(
        is_lease(path) for path in ("team/sendgrid", "creds/x", "cases/creds/1/x", "team/creds/a/b", "creds", "")
    )
