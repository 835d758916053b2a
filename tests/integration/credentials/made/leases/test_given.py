"""A database login by lease, at the desk: nobody types it, each opening has its own, and its end drops them all."""

from uuid import uuid4

import pytest

from checkpoints.actions import deciding
from checkpoints.actions.by_runs import acting, opening
from checkpoints.actions.credentials import entrusting, redeeming
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import Wanted, ask, plain_of
from checkpoints.core.work.services.handing import Restrictions
from checkpoints.credentials.vault import keys
from checkpoints.store.runs import Run
from checkpoints.store.secret import lives
from tests.integration.credentials.asked import press
from tests.integration.credentials.life.stage import carried, open_in, vault_of
from tests.integration.credentials.life.test_ends import Ends, by_cancelling, by_its_time, by_the_cases_end
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend
from tests.stage.servers.leasing import Leasing
from tests.stage.servers.openbao import MOUNT
from to_tools import vault_set_up

PLAIN = {"host": "db.example.com", "port": "5432", "database": "digest"}


@pytest.fixture
def asked(office: Office, run: Run) -> Checkpoint:
    """A database login, for half an hour at a time."""
    wanted = Wanted("sample", "Sample", "PostgreSQL", "database_login", restrictions=Restrictions(minutes=30))
    return office.ask(run, ask(wanted))


@pytest.fixture
def given(office: Office, run: Run, asked: Checkpoint, leased: Leasing) -> Checkpoint:
    """Ada gave a path, and the run had it."""
    after = entrusting.give_existing(office.desk, office.ada, press(asked), leased.path, PLAIN)
    assert after.decision is not None
    step = acting.begin(office.asker, run, after, "hand over", after.digest, after.decision.fields)
    acting.finish(office.asker, run, step.id, "done", None)
    return office.show(after)


def opened(office: Office, run: Run) -> dict[str, str]:
    """As a deployment gets it, at a step of its own."""
    other = office.ask(run, spend(), f"deploy {uuid4()}")
    approved = deciding.answer(office.desk, office.ada, press(other))
    step = acting.begin(office.asker, run, approved, f"deploy {other.label}", approved.digest, {})
    (ticket,) = opening.open_for_release(office.asker, run, ["postgresql"], "to deploy")
    values = redeeming.taken(office.desk, redeeming.redeem(office.desk, ticket, run.case))
    acting.finish(office.asker, run, step.id, "done", None)
    return values


@pytest.mark.promise("F3.1")
@pytest.mark.parametrize("ends", [by_cancelling, by_the_cases_end, by_its_time])
def test_nobody_types_it_each_opening_has_its_own_and_the_end_drops_them_all(
    office: Office, run: Run, given: Checkpoint, leased: Leasing, ends: Ends
) -> None:
    assert given.state is State.APPROVED
    assert given.decision is not None
    assert given.decision.fields == {
        **PLAIN,
        "username": f"vault:{leased.path}",
        "password": f"vault:{leased.path}",
    }
    # An agent from outside reads the login that the lease brings, not where it lies.
    assert plain_of(given) == PLAIN
    with office.desk.transaction() as tx:
        life = lives.held(tx, given.id)
    assert life is not None
    assert (life.origin, life.rotate_at, life.vault_path) == ("lease", None, leased.path)
    one, two = opened(office, run), opened(office, run)
    assert {name: one[name] for name in PLAIN} == PLAIN
    assert leased.logins() == {one["username"], two["username"]}
    with leased.log_in(one) as line:
        assert line.execute("select what from kept").fetchall() == [("there",)]
    ends(office, run, given)
    carried(office)
    assert (leased.logins(), leased.copies()) == (set(), set())
    assert open_in(vault_of(office.desk), office) == 0
    assert leased.openbao.admin("GET", f"{leased.engine}/roles/readonly").is_success


def test_what_a_lease_brings_is_not_typed_and_what_it_doesn_t_bring_is(
    office: Office, run: Run, asked: Checkpoint, leased: Leasing
) -> None:
    other = office.ask(run, ask(Wanted("sample", "Sample", "SendGrid")), "another")
    for point, path, plain, told in (
        (asked, leased.path, {**PLAIN, "username": "ada"}, "username: the vault makes it"),
        (asked, leased.path, {"host": "db.example.com"}, "is not filled"),
        (asked, f"{leased.engine}/creds/another", PLAIN, "no such role"),
        (other, leased.path, {}, "lie 2 fields there"),
    ):
        with pytest.raises(Refused, match=told):
            entrusting.give_existing(office.desk, office.ada, press(point), path, plain)
    assert {office.show(point).state for point in (asked, other)} == {State.OPEN}
    assert (leased.logins(), leased.copies()) == (set(), set())


def test_in_a_shell_only_what_the_vault_doesn_t_make_is_asked(
    shell: Shell, office: Office, asked: Checkpoint, leased: Leasing
) -> None:
    known = vault_set_up.where(office.settings, leased.openbao.url, MOUNT, None)
    vault_set_up.keep(office.settings, known, keys.read(leased.openbao.keys))
    lines = "".join(f"{name}={value}\n" for name, value in PLAIN.items())
    said = shell.run("credential", "give", asked.label, "--path", leased.path, said=lines.encode())
    assert said.code == 0, said.err
    assert "makes a login anew each time" in said.out
    assert office.show(asked).state is State.APPROVED
