"""Nothing stays open: however a credential ends, the vault has nothing of it afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest

from checkpoints.actions import deciding, escalating, reading, withdrawing
from checkpoints.actions.by_runs import acting
from checkpoints.actions.by_runs import opening as handles
from checkpoints.actions.courses import cancelling, ending, opening
from checkpoints.actions.credentials import alarming, forgetting, giving
from checkpoints.actions.credentials.life import ending as janitor
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Asker, Verdict
from checkpoints.core.ports import Credentials
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.handing import Grant
from checkpoints.store.documents import Ended
from checkpoints.store.runs import Run
from checkpoints.store.secret import lives
from tests.integration.credentials.asked import GIVEN, KEY, give
from tests.integration.credentials.life.stage import as_owner, carried, events, open_in, swept
from tests.integration.desk.moments import later
from tests.stage.desks import Office, spend

Ends = Callable[[Office, Run, Checkpoint], None]
"""Ends what was given, or what was put into the vault for what is asked."""

BOTH = pytest.mark.parametrize("office", ["embedded", "openbao"], indirect=True)

KILLED = """
import sys, time
from uuid import UUID
from checkpoints import wiring
from checkpoints.actions import errands
from checkpoints.core.work.services.handing import Grant
from checkpoints.store.secret import lives

desk = wiring.desk("desk", need=("credentials",))
what, checkpoint = sys.argv[1:]

def hang(*_):
    print("now", flush=True)
    time.sleep(600)

with desk.transaction() as tx:
    life = lives.held(tx, UUID(checkpoint))
if what == "handing over":
    desk.credentials.hand(Grant(life.id, life.vault_path))
    hang()
while errands.carry_next(desk, {"forget": hang, "close": hang}):
    pass
"""


def by_void(office: Office, _: Run, given: Checkpoint) -> None:
    with office.desk.transaction() as tx:
        withdrawing.void_in(tx, given, Asker("Apollo"), "it was rejected there")


def by_cancelling(office: Office, run: Run, _: Checkpoint) -> None:
    cancelling.cancel(office.desk, office.mira, run.case, "the client left")


def by_the_cases_end(office: Office, run: Run, _: Checkpoint) -> None:
    with office.desk.transaction() as tx:
        ending.end_run(tx, run, Ended("undelivered", "production was refused", None), office.desk.kinds)


def by_its_time(office: Office, _: Run, given: Checkpoint) -> None:
    with office.desk.transaction() as tx:
        life = lives.held(tx, given.id)
        assert life is not None
        lives.narrow(tx, life, life.restrictions, minutes=30)
    later(office, "31 minutes")


def by_a_failed_handing_over(office: Office, run: Run, given: Checkpoint) -> None:
    """What was handed over had been opened by somebody else."""
    assert given.decision is not None
    acting.begin(office.asker, run, given, "hand over", given.digest, given.decision.fields)
    ticket = handles.open_check(office.asker, run, given, "to check it")
    alarming.sound(office.desk, ticket, "it was opened before")


@BOTH
@pytest.mark.promise("F3.1")
@pytest.mark.parametrize("ends", [by_void, by_cancelling, by_the_cases_end, by_its_time, by_a_failed_handing_over])
def test_what_was_given_and_handed_over_is_nowhere_after_its_end(
    office: Office, run: Run, point: Checkpoint, backend: Credentials, ends: Ends
) -> None:
    given = give(office.desk, office.ada, point)
    with office.desk.transaction() as tx:
        life = lives.held(tx, given.id)
    assert life is not None
    backend.hand(Grant(life.id, life.vault_path))
    assert open_in(backend, office) > 1
    ends(office, run, given)
    carried(office)
    assert open_in(backend, office) == 0
    assert events(office, given).count("credential ended") == 1


def reject(office: Office, point: Checkpoint) -> None:
    no = deciding.Press(point.id, point.revision, point.digest, Verdict.REJECT, {}, "not needed")
    deciding.answer(office.desk, office.ada, no)


def expire(office: Office, _: Checkpoint) -> None:
    later(office, "31 days")
    assert escalating.expire_next(office.desk)


def withdraw(office: Office, point: Checkpoint) -> None:
    withdrawing.withdraw(office.desk, office.ada, point.id, "not needed")


@pytest.mark.promise("F3.1")
@pytest.mark.parametrize(
    ("ends", "state"), [(reject, State.REJECTED), (expire, State.EXPIRED), (withdraw, State.WITHDRAWN)]
)
def test_what_was_on_its_way_into_the_vault_is_not_there_after_a_no(
    office: Office,
    point: Checkpoint,
    backend: Credentials,
    ends: Callable[[Office, Checkpoint], None],
    state: State,
) -> None:
    path = f"cases/{point.case}/{point.number}/{uuid4()}"
    forgetting.promise(office.desk, path, giving.AT_MOST)
    backend.put(path, {"consumer_key": KEY})
    ends(office, point)
    assert office.show(point).state is state
    later(office, "40 days")
    carried(office)
    assert open_in(backend, office) == 0


@pytest.mark.promise("F3.1")
def test_what_is_refused_while_it_is_given_leaves_nothing(
    office: Office, run: Run, point: Checkpoint, backend: Credentials
) -> None:
    with pytest.raises(Refused, match="doesn't look right"):
        give(office.desk, office.ada, point, GIVEN | {"consumer_key": "no key"})
    assert open_in(backend, office) == 0


@BOTH
@pytest.mark.promise("F3.1")
@pytest.mark.parametrize("killed", ["handing over", "forgetting"])
def test_a_kill_in_the_midst_leaves_nothing_that_the_next_porter_does_not_find(
    office: Office, run: Run, point: Checkpoint, backend: Credentials, killed: str
) -> None:
    given = give(office.desk, office.ada, point)
    if killed == "forgetting":
        by_cancelling(office, run, given)
    _kill(office, killed, given)
    if killed != "forgetting":
        by_cancelling(office, run, given)
    assert open_in(backend, office) > 0
    later(office, "10 minutes")
    carried(office)
    assert open_in(backend, office) == 0


def _kill(office: Office, what: str, given: Checkpoint) -> None:
    """A process of the desk's is killed in the midst of this."""
    settings = office.settings
    ours = {"COUNTERSIGN_HOME": str(settings.home), "COUNTERSIGN_DATABASE_URL": settings.database_url}
    if settings.vault_url:
        ours |= {"COUNTERSIGN_VAULT_URL": settings.vault_url, "COUNTERSIGN_VAULT_MOUNT": settings.vault_mount}
    words = [sys.executable, "-c", KILLED, what, str(given.id)]
    with subprocess.Popen(words, env=os.environ | ours, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        process.send_signal(signal.SIGKILL)


@BOTH
@pytest.mark.promise("F3.1")
def test_the_janitor_removes_what_came_too_late_and_only_what_this_desk_knows(
    office: Office, run: Run, point: Checkpoint, backend: Credentials
) -> None:
    given = give(office.desk, office.ada, point)
    with office.desk.transaction() as tx:
        life = lives.held(tx, given.id)
    assert life is not None
    by_cancelling(office, run, given)
    carried(office)
    # Whoever was slow: the end was carried before these reached the vault.
    backend.put(life.vault_path, {"consumer_key": KEY})
    backend.hand(Grant(life.id, life.vault_path))
    another, theirs = uuid4(), f"cases/theirs/1/{uuid4()}"
    backend.put(theirs, {"consumer_key": KEY})
    backend.hand(Grant(another, theirs))
    assert len(janitor.sweep(office.desk, {})) == 2
    assert open_in(backend, office) == 2
    swept(office, "10 minutes", "16 minutes")
    assert open_in(backend, office) == 0
    assert theirs in backend.paths()
    assert another in backend.granted()
    backend.close(another)
    backend.forget(theirs)


def test_the_janitor_touches_nothing_that_lives_or_is_being_given(
    office: Office, point: Checkpoint, backend: Credentials
) -> None:
    given = give(office.desk, office.ada, point)
    with office.desk.transaction() as tx:
        life = lives.held(tx, given.id)
    assert life is not None
    backend.hand(Grant(life.id, life.vault_path))
    later(office, "9 minutes")
    underway = f"cases/{point.case}/{point.number}/{uuid4()}"
    forgetting.promise(office.desk, underway, giving.AT_MOST)
    backend.put(underway, {"consumer_key": KEY})
    before = open_in(backend, office)
    swept(office, "10 minutes", "20 minutes")
    assert open_in(backend, office) == before


def test_a_value_that_others_keep_in_the_vault_is_closed_and_left_where_it_is(
    office: Office, run: Run, point: Checkpoint, backend: Credentials
) -> None:
    given = give(office.desk, office.ada, point)
    with office.desk.transaction() as tx:
        life = lives.held(tx, given.id)
    assert life is not None
    theirs = "team/pocket"
    backend.put(theirs, {"consumer_key": KEY})
    as_owner(office, f"update desk.credential_version set vault_path = '{theirs}'")
    backend.hand(Grant(life.id, theirs))
    by_cancelling(office, run, given)
    carried(office)
    assert backend.names(theirs) == ("consumer_key",)
    assert life.id not in backend.granted()


def test_what_ended_with_its_case_is_asked_for_anew_when_the_case_goes_on(
    office: Office, run: Run, point: Checkpoint
) -> None:
    given = give(office.desk, office.ada, point)
    assert given.decision is not None
    step = acting.begin(office.asker, run, given, "hand over", given.digest, given.decision.fields)
    acting.finish(office.asker, run, step.id, "done", None)
    refused = office.ask(run, spend(), "production")
    reject(office, refused)
    by_the_cases_end(office, run, point)
    opening.reopen(office.desk, office.ada, refused.id, "the client is back")
    office.receive()
    asked = [p for p in reading.waiting_in(office.desk, run.case) if p.kind == "api-credential"]
    assert [p.reopens for p in asked] == [point.label]
    assert asked[0].state is State.OPEN
