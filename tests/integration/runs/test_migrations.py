"""The sample's own scripts, asked about and run on real databases: staging first, each once, and as in the trial."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from checkpoints.cloud.sandbox.deployer import Sandbox
from checkpoints.core.errors import Refused
from checkpoints.core.model import Request, Verdict
from checkpoints.core.work.release import Environment, Report
from checkpoints.fence import Fence
from checkpoints.store.from_outside.files import Folder
from flows.delivery.phases.migrations import migrate_data, migrate_database
from flows.outcomes import NotNeeded, Refusal, Settled
from flows.work import Work
from tests.stage.desks import Office
from tests.stage.passes import Passes, passes
from tests.unit.delivery.test_agents import PROJECT

SOURCES = Path(__file__).resolve().parents[3]
STAGING, PRODUCTION = Environment.STAGING, Environment.PRODUCTION
End = Settled | Refusal | NotNeeded


class Failing(Sandbox):
    """The sandbox, in which one script fails at one place as long as it is told to."""

    fails: tuple[Environment, str] | None = None

    def migrate(self, case: str, environment: Environment, digest: str, script: str, dry: bool = False) -> Report:
        if (environment, script) == self.fails:
            raise Refused("it was refused: disk full. Nothing was changed.")
        return super().migrate(case, environment, digest, script, dry)


@pytest.fixture
def sandbox(office: Office) -> Failing:
    office.enrol(office.ada)
    return Failing(Fence(office.settings.home), SOURCES, "http://localhost")


def schema(work: Work) -> End:
    return migrate_database(work, PROJECT)


def data(work: Work) -> End:
    return migrate_data(work, PROJECT)


def asking(office: Office, sandbox: Sandbox, follow: Callable[[Work], End] = schema) -> Passes[End]:
    return passes(office, PROJECT.slug, follow, deployer=sandbox, files=Folder(office.settings.files))


def facts(request: Request, label: str) -> list[str]:
    return [fact.value for fact in request.facts if fact.label == label]


def rows(office: Office, environment: Environment, query: str) -> list[tuple[object, ...]]:
    file = office.settings.cases / PROJECT.slug / environment / "database.sqlite3"
    if not file.exists():
        return []
    with sqlite3.connect(file) as database:
        return list(database.execute(query))


def columns(office: Office, environment: Environment) -> set[str]:
    return {str(row[1]) for row in rows(office, environment, "pragma table_info(article)")}


def end_of_the_schema(office: Office, sandbox: Sandbox) -> End | None:
    branch = asking(office, sandbox)
    branch.go()
    return branch.answer(1, Verdict.APPROVE)


def test_a_person_reads_exactly_what_will_run(office: Office, sandbox: Failing) -> None:
    branch = asking(office, sandbox)
    assert branch.go() is None
    (asked,) = [point.request for point in branch.points()]
    first = asked.attachments[0]
    script = SOURCES / PROJECT.release / first.name
    assert Folder(office.settings.files).get(first.sha256) == script.read_bytes()
    assert asked.subject.parameters[f"script {first.name}"] == first.sha256
    assert facts(asked, "Where") == ["staging, then production"]
    assert any("ACCESS EXCLUSIVE" in lock or "nothing waits" in lock for lock in facts(asked, "Locks"))
    assert columns(office, STAGING) == set()


def test_one_yes_runs_every_script_on_staging_and_then_in_production(office: Office, sandbox: Failing) -> None:
    end = end_of_the_schema(office, sandbox)
    assert isinstance(end, Settled)
    assert columns(office, STAGING) == columns(office, PRODUCTION) >= {"url", "summary"}
    assert end.result["sentence"].startswith("staging: migrations/001_articles.sql ran in one transaction")
    assert "production: migrations/002_summaries.sql ran in one transaction" in end.result["sentence"]
    kept = [value for name, value in end.result.items() if name.startswith("evidence ")]
    assert len({Folder(office.settings.files).get(one) for one in kept}) == 4


def test_a_no_runs_nothing(office: Office, sandbox: Failing) -> None:
    branch = asking(office, sandbox)
    branch.go()
    assert isinstance(branch.answer(1, Verdict.REJECT), Refusal)
    assert columns(office, STAGING) == set()


def test_what_fails_on_staging_never_reaches_production_and_goes_on_where_it_stopped(
    office: Office, sandbox: Failing
) -> None:
    branch = asking(office, sandbox)
    branch.go()
    sandbox.fails = (STAGING, "migrations/002_summaries.sql")
    assert branch.answer(1, Verdict.APPROVE) is None
    assert columns(office, PRODUCTION) == set()
    (why,) = facts(branch.points()[-1].request, "Asked anew")
    assert "migrations/002_summaries.sql on staging: it was refused: disk full" in why
    assert "Before it ran, and won't run again: migrations/001_articles.sql on staging" in why
    sandbox.fails = None
    end = branch.answer(2, Verdict.APPROVE)
    assert isinstance(end, Settled)
    assert "001_articles.sql ran already" in end.result["sentence"]
    assert columns(office, PRODUCTION) == columns(office, STAGING)


def test_data_is_tried_on_a_copy_and_goes_to_production_alone(office: Office, sandbox: Failing) -> None:
    end_of_the_schema(office, sandbox)
    branch = asking(office, sandbox, data)
    assert branch.go() is None
    asked = branch.points()[-1].request
    assert facts(asked, "Counts") == ["article: 0 rows before, 6 after"]
    assert rows(office, PRODUCTION, "select count(*) from article") == [(0,)]
    end = branch.answer(2, Verdict.APPROVE)
    assert isinstance(end, Settled)
    assert "Not as in the trial" not in end.result["sentence"]
    assert rows(office, PRODUCTION, "select count(*) from article") == [(6,)]
    assert rows(office, STAGING, "select count(*) from article") == [(0,)]


def test_a_run_that_differs_from_its_trial_is_told(office: Office, sandbox: Failing) -> None:
    end_of_the_schema(office, sandbox)
    branch = asking(office, sandbox, data)
    branch.go()
    release = sandbox.build(PROJECT.slug, PROJECT.release)
    sandbox.migrate(PROJECT.slug, PRODUCTION, release.digest, release.imports[0][0])
    end = branch.answer(2, Verdict.APPROVE)
    assert isinstance(end, Settled)
    assert "Not as in the trial: article: +0 rows, +6 in the trial" in end.result["sentence"]


def test_a_changed_script_is_read_anew_only_when_a_person_asks(
    office: Office, sandbox: Failing, tmp_path: Path
) -> None:
    sandbox.sources = tmp_path
    folder = tmp_path / PROJECT.release
    shutil.copytree(SOURCES / PROJECT.release, folder)
    branch = asking(office, sandbox)
    branch.go()
    changed = folder / "migrations" / "002_summaries.sql"
    changed.write_text("alter table article drop column title;\n")
    assert branch.answer(1, Verdict.CHANGES, note="I mended 002, read it again") is None
    point = branch.points()[-1]
    assert (point.number, point.revision) == (1, 2)
    assert point.request.changed[0].startswith("script migrations/002_summaries.sql: ")
    (gone,) = facts(point.request, "Can't be undone")
    assert gone == "migrations/002_summaries.sql: alter table article drop column title"


def test_what_an_agent_may_not_change_comes_back_as_an_escalation(office: Office, sandbox: Failing) -> None:
    branch = asking(office, sandbox)
    branch.go()
    assert branch.answer(1, Verdict.CHANGES, note="make the column nullable") is None
    asked = branch.points()[-1]
    assert asked.kind == "escalation"
    assert "I don't write in it" in facts(asked.request, "What happened")[0]


def test_a_release_without_scripts_needs_no_answer(office: Office, sandbox: Failing, tmp_path: Path) -> None:
    sandbox.sources = tmp_path
    shutil.copytree(SOURCES / PROJECT.release, tmp_path / PROJECT.release)
    shutil.rmtree(tmp_path / PROJECT.release / "migrations")
    assert asking(office, sandbox).go() == NotNeeded(f"{PROJECT.release} brings no script for it.")
