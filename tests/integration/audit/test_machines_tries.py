"""What the database and our own doors refuse to machines is in the audit, though nobody who was refused says so."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from checkpoints.actions import reading
from checkpoints.actions.audit import recording
from checkpoints.actions.by_runs import requesting
from checkpoints.actions.from_outside import overhearing
from checkpoints.cloud.sandbox.answering import verbs
from checkpoints.cloud.sandbox.host import Host
from checkpoints.core.errors import Refused
from checkpoints.fence import Fence, Job, asking
from checkpoints.fence.starter import Starter
from checkpoints.fence.tally import Refusals
from checkpoints.fence.wire import UNREADABLE, Door, ask
from checkpoints.settings import Settings
from checkpoints.store.work.watched.refusals import Try, UpTo
from tests.integration.desk.moments import later
from tests.stage.cluster import SessionCluster
from tests.stage.desks import Office, spend
from to_tools.porter import ears, keep_overhearing

ASKER = "countersign_asker"
MOMENT = "2026-11-27 10:00:00.000 UTC"


def tries(office: Office) -> list[Mapping[str, object]]:
    """The refused ones, the newest first."""
    page = reading.audit_page(office.desk, 100)
    return [json.loads(line.body) for line in page.lines if line.event == "try refused"]


def refused_by_the_database(office: Office, statement: str) -> None:
    with pytest.raises(ProgrammingError), office.asker.engine.begin() as tx:
        tx.execute(text(statement))


def ear_of(cluster: SessionCluster, office: Office) -> overhearing.Ear:
    """Of the server that this session's databases are on, for this test's alone."""
    name = str(office.desk.engine.url.database)
    return overhearing.of_postgres(cluster.settings.home / "postgres.log", [name])


@pytest.mark.promise("H5.5")
def test_what_the_database_refuses_a_run_is_a_line_with_what_it_wanted(office: Office, cluster: SessionCluster) -> None:
    ear = ear_of(cluster, office)
    overhearing.overhear(office.desk, "postgres", ear)
    refused_by_the_database(office, "insert into desk.decision select * from desk.decision")
    refused_by_the_database(office, "update desk.permit set state = 'unused'")
    refused_by_the_database(office, "select desk.audit_append('approved', '{}')")
    assert overhearing.overhear(office.desk, "postgres", ear) == 3
    assert [(one["by"], one["tried"], one["why"]) for one in reversed(tries(office))] == [
        (ASKER, "do something in the database", f"PostgreSQL: permission denied for {what} (42501)")
        for what in ("table decision", "table permit", "function audit_append")
    ]
    # Each once, however often it is listened to, and by whichever porter.
    assert overhearing.overhear(office.desk, "postgres", ear) == 0


@pytest.mark.promise("H5.5")
def test_a_run_can_t_hide_what_it_was_refused_in_a_program_of_its_own(office: Office, cluster: SessionCluster) -> None:
    ear = ear_of(cluster, office)
    overhearing.overhear(office.desk, "postgres", ear)
    hiding = "insert into desk.decision select * from desk.decision; exception when others then null;"
    refused_by_the_database(office, f"do $$ begin {hiding} end $$")
    assert overhearing.overhear(office.desk, "postgres", ear) == 1
    assert tries(office)[0]["why"] == "PostgreSQL: permission denied for language plpgsql (42501)"


@pytest.mark.promise("H5.9")
def test_what_the_database_won_t_let_a_run_ask_or_begin_is_a_line(office: Office, cluster: SessionCluster) -> None:
    run, ear = office.case(), ear_of(cluster, office)
    overhearing.overhear(office.desk, "postgres", ear)
    with pytest.raises(Refused):
        requesting.ask(office.asker, run, "the seventh comes \nFATAL:  first", 7, spend())
    point = office.ask(run, spend("60"), "question")
    with pytest.raises(Refused), office.asker.transaction() as tx:
        tx.execute(text("select desk.begin(:run, :point, 'buy', 1, 'other')"), {"run": run.id, "point": point.id})
    assert overhearing.overhear(office.desk, "postgres", ear) == 2
    begun, asked = tries(office)[:2]
    assert (begun["by"], begun["tried"], asked["tried"]) == (ASKER, "ask or begin something", "ask or begin something")
    assert begun["why"] == "PostgreSQL: The checkpoint is open, not approved. Nothing was begun. (CS001)"


@pytest.mark.promise("H5.5")
def test_a_password_of_another_login_that_is_guessed_is_a_line(office: Office, cluster: SessionCluster) -> None:
    ear = ear_of(cluster, office)
    overhearing.overhear(office.desk, "postgres", ear)
    ours = str(office.desk.engine.url.database)
    # The others bring a line of their own into the log, by which another login would have done something.
    begins, forged = f"x\n{MOMENT} [1]", f"{ours} ERROR:  permission denied for table answer"
    names = ("countersign_desk", ours), (f"{begins} 42501 countersign_desk", forged), (f"{begins} 28P01 {ASKER}", ours)
    for user, database in names:
        address = office.settings.address_for("desk")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(address, user=user, dbname=database, password="guessed")
    assert overhearing.overhear(office.desk, "postgres", ear) == 4
    assert {(one["by"], one["tried"]) for one in tries(office)} == {
        ("countersign_desk", "sign in to the database"),
        ("an unknown login", "sign in to the database"),
    }


def test_a_log_that_was_taken_away_or_cut_off_is_read_from_its_beginning(office: Office, tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    ear = overhearing.of_postgres(log, ["mine"])
    begins = f"{MOMENT} [7] 42501 countersign_asker@mine ERROR:  permission denied for table"
    assert overhearing.overhear(office.desk, "other", ear) == 0
    log.write_text(f"{begins} answer\n{begins} deci")
    # The last line is still being written.
    assert overhearing.overhear(office.desk, "other", ear) == 1
    log.write_text(f"{begins} answer\n{begins} decision\n")
    assert overhearing.overhear(office.desk, "other", ear) == 1
    log.write_text(f"{begins} role\n")
    assert overhearing.overhear(office.desk, "other", ear) == 1
    assert [str(one["why"]).split()[-2] for one in reversed(tries(office))] == ["answer", "decision", "role"]


def test_the_porter_hears_the_desks_own_postgres_and_no_teams(tmp_path: Path) -> None:
    own = Settings(home=tmp_path)
    team = Settings(home=tmp_path, database_url="postgresql+psycopg://database.example.com/desk")
    assert [door.partition(" of ")[0] for door in ears(own)] == ["fence", "sandbox", "engine", "agents", "postgres"]
    assert [door.partition(" of ")[0] for door in ears(team)] == ["fence", "sandbox", "engine", "agents"]


def test_the_porter_goes_on_listening_whatever_a_door_says(office: Office) -> None:
    stop, heard = threading.Event(), threading.Event()

    def broken(before: UpTo) -> tuple[UpTo, list[overhearing.Heard]]:
        raise OSError("nobody can read it")

    def ear(before: UpTo) -> tuple[UpTo, list[overhearing.Heard]]:
        if before.number:
            heard.set()
        return UpTo("start", 1), [] if before.number else [overhearing.Heard("a run", [Try("start", "", "no")])]

    porter = threading.Thread(target=keep_overhearing, args=(office.desk, {"a": broken, "b": ear}, 0.01, stop))
    porter.start()
    assert heard.wait(20)
    stop.set()
    porter.join()
    assert [one["why"] for one in tries(office)] == ["no"]


NAMES = ("../..", "-chdir=..", "; rm -rf x", "/")


@pytest.mark.promise("H5.6")
def test_what_the_fences_starter_refuses_is_a_line(office: Office) -> None:
    fence = Fence(office.settings.home)
    ear = overhearing.of_door(fence.socket, "start a program")
    assert overhearing.overhear(office.desk, "fence", ear) == 0
    with Starter(fence) as starter:
        threading.Thread(target=starter.serve_forever, args=(0.01,), daemon=True).start()
        for name in NAMES:
            job = Job(name, ("/bin/true",), "try", 5)
            with pytest.raises(Refused):
                asking.run(fence, job)
        assert overhearing.overhear(office.desk, "fence", ear) == len(NAMES)
        assert overhearing.overhear(office.desk, "fence", ear) == 0
        starter.shutdown()
    assert [(one["by"], one["tried"]) for one in tries(office)] == [("a run", "start a program")] * len(NAMES)
    assert all(str(one["why"]).endswith("Nothing was started.") for one in tries(office))


@pytest.mark.promise("H5.6")
def test_what_the_sandbox_can_t_read_as_a_name_is_a_line(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sock"
    host = Host(Fence(office.settings.home), lambda *_: ("", {}), lambda _: {}, print)
    with Door(path, verbs(host)) as door:
        threading.Thread(target=door.serve_forever, args=(0.01,), daemon=True).start()
        for name in NAMES:
            with pytest.raises(Refused):
                ask(path, "stop", {"case": name}, 5, nobody="", lost="")
        with pytest.raises(Refused):
            ask(path, "launch", {}, 5, nobody="", lost="")
        assert overhearing.overhear(office.desk, "sandbox", overhearing.of_door(path, "stop")) == len(NAMES) + 1
        door.shutdown()
    assert {one["why"] for one in tries(office)} == {"That is no case's name. Nothing was stopped.", UNREADABLE}


def test_a_process_that_was_started_again_is_heard_from_its_beginning() -> None:
    told = Refusals("second start", 3, ("a", "b", "c"))
    assert told.since("first start", 90) == (("a", "b", "c"), 0)
    assert told.since("second start", 2) == (("c",), 0)
    assert told.since("second start", 3) == ((), 0)
    assert Refusals("start", 100, ("x", "y")).since("start", 50) == (("x", "y"), 48)


@pytest.mark.promise("H5.7")
def test_whoever_tries_without_end_fills_no_audit_and_what_was_counted_becomes_a_line(office: Office) -> None:
    before = reading.audit_page(office.desk, 1).total
    for number in range(recording.MOST + 40):
        recording.refused(office.desk, "Ada", "approve", f"sample/{number + 1}", Refused("There is no such thing."))
    recording.end_hours(office.desk)
    assert reading.audit_page(office.desk, 1).total == before + recording.MOST
    recording.refused(office.desk, "Mira", "approve", "sample/1", Refused("Others are not held up by it."))
    later(office, "1 hour")
    recording.end_hours(office.desk)
    recording.end_hours(office.desk)
    last, *_ = tries(office)
    assert (last["by"], last["tried"], last["checkpoint"], last["times"]) == ("Ada", "approve", "sample/100", 40)
    assert reading.audit_page(office.desk, 1).total == before + recording.MOST + 2
    recording.refused(office.desk, "Ada", "approve", "sample/7", Refused("The next hour has begun."))
    assert tries(office)[0]["checkpoint"] == "sample/7"


@pytest.mark.promise("H5.7")
def test_a_flood_that_is_heard_at_once_is_as_many_lines_and_one_number(office: Office) -> None:
    before = reading.audit_page(office.desk, 1).total
    with office.desk.transaction() as tx:
        recording.refused_in(tx, "a run", [Try("start", "", f"no {n}") for n in range(100)], 400)
    later(office, "61 minutes")
    with office.desk.transaction() as tx:
        recording.refused_in(tx, "a run", [Try("start", "", "no more")])
    assert [one.get("times", 1) for one in tries(office)[:2]] == [1, 440]
    assert reading.audit_page(office.desk, 1).total == before + recording.MOST + 2
