"""What the port `Deployer` promises, shown with the sandbox: its real process, and real releases over HTTP."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.ports import Deployer
from checkpoints.core.work.release import Deployed, Environment, Release
from checkpoints.fence import holds
from checkpoints.settings import Settings
from tests.stage.releases import UNHEALTHY, titled, variant
from tests.stage.sandbox import SAMPLE, SOURCES, RunningSandbox, running_sandbox

STAGING, PRODUCTION = Environment
FIRST, SECOND, IMPORT = "migrations/001_articles.sql", "migrations/002_summaries.sql", "imports/001_saved_articles.sql"
BROKEN = "insert into article (url, title, saved_on) values ('a', 'b', 'c');\ninsert into nowhere values (1);\n"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One process for the file, on a repository that tests write releases into; each test has a case of its own."""
    home, sources = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("sources")
    with running_sandbox(Settings(home=home), sources) as running:
        yield running


@pytest.fixture
def port(sandbox: RunningSandbox) -> Deployer:
    return sandbox.deployer


@pytest.fixture
def fenced(sandbox: RunningSandbox) -> None:
    report = holds(sandbox.deployer.bench.desk)
    if not report.holds:
        print(report.says)
        pytest.skip(report.says)


def built(sandbox: RunningSandbox, case: str, changes: dict[str, str | None] | None = None) -> Release:
    """A release of the case: the sample, with files changed."""
    name = Path(tempfile.mkdtemp(dir=sandbox.deployer.sources, prefix=f"{case}-")).name
    (sandbox.deployer.sources / name).rmdir()
    return sandbox.deployer.build(case, variant(sandbox.deployer.sources, name, changes))


def title(deployed: Deployed) -> str:
    """What a visitor reads at its top."""
    page = httpx.get(deployed.address, trust_env=False).raise_for_status().text
    return page.partition("<h1>")[2].partition("</h1>")[0]


def test_the_release_that_we_ship_has_one_digest(sandbox: RunningSandbox) -> None:
    shipped = RunningSandbox(sandbox.settings, SOURCES).deployer
    once, again = shipped.build("shipped", SAMPLE), shipped.build("shipped", SAMPLE)
    assert once == again == shipped.kept("shipped", once.digest)


def test_what_is_kept_is_what_was_built(sandbox: RunningSandbox, port: Deployer) -> None:
    release = built(sandbox, "kept")
    assert port.kept("kept", release.digest) == release
    file = sandbox.settings.home / "releases" / "kept" / release.digest / "app.py"
    file.chmod(0o600)
    file.write_text("print('another')\n")
    for take in (port.kept, port.test, port.scan):
        with pytest.raises(Refused, match="was changed since"):
            take("kept", release.digest)
    with pytest.raises(Refused, match="was changed since"):
        port.deploy("kept", STAGING, release.digest, [])
    with pytest.raises(Refused, match="isn't kept"):
        port.kept("another-case", release.digest)
    assert port.current("kept", STAGING) is None


@pytest.mark.usefixtures("fenced")
def test_its_own_tests_are_run(sandbox: RunningSandbox, port: Deployer) -> None:
    report = port.test("tried", built(sandbox, "tried").digest)
    assert report.good
    assert report.figures["ran"] == 31
    assert report.figures["failed"] == 0
    assert report.says == "31 of 31 tests passed"
    assert b"test_the_page_is_served" in report.content


@pytest.mark.usefixtures("fenced")
def test_a_test_that_fails_is_found(sandbox: RunningSandbox, port: Deployer) -> None:
    minutes = (SOURCES / SAMPLE / "articles.py").read_text().replace("return max(1, round(", "return max(0, round(")
    report = port.test("failing", built(sandbox, "failing", {"articles.py": minutes}).digest)
    assert not report.good
    assert report.figures["failed"] == 1
    assert "test_a_short_one_takes_a_minute" in str(report.figures["failing"])


@pytest.mark.usefixtures("fenced")
def test_tests_that_end_without_a_result_are_no_result(sandbox: RunningSandbox, port: Deployer) -> None:
    early = 'import os\nprint(\'{"ran": 9, "failed": 0, "skipped": 0, "failing": []}\', flush=True)\nos._exit(0)\n'
    release = built(sandbox, "silent", {"tests/test_early.py": early})
    with pytest.raises(Refused, match="without a result"):
        port.test("silent", release.digest)


@pytest.mark.usefixtures("fenced")
def test_no_test_that_ran_is_no_test_that_passed(sandbox: RunningSandbox, port: Deployer) -> None:
    none = {f"tests/test_{name}.py": "" for name in ("app", "articles", "page")}
    report = port.test("untested", built(sandbox, "untested", dict(none)).digest)
    assert (report.good, report.figures["ran"]) == (False, 0)


@pytest.mark.usefixtures("fenced")
def test_the_sample_is_clean(sandbox: RunningSandbox, port: Deployer) -> None:
    report = port.scan("clean", built(sandbox, "clean").digest)
    assert report.good
    assert dict(report.figures) == {"high": 0, "medium": 0, "low": 0, "secrets": 0, "unread": 0}
    assert report.tool.startswith("bandit ")


@pytest.mark.usefixtures("fenced")
def test_insecure_code_and_secrets_are_found_whatever_the_release_says_of_them(
    sandbox: RunningSandbox, port: Deployer
) -> None:
    key = "AKIA" + "Z7QX2M4N8P6R3T5V"
    planted: dict[str, str | None] = {
        "shell.py": "import subprocess\n\n\ndef f(x):\n    subprocess.call(x, shell=True)  # nosec\n",
        "a.egg/deeper.py": "eval(input())\n",
        "swagger/keys.py": f'KEY = "{key}"  # pragma: allowlist secret\n',
        "broken.py": "def\n",
    }
    folder = sandbox.deployer.sources / variant(sandbox.deployer.sources, "planted", planted)
    (folder / "tests" / ".bandit").write_text("[bandit]\nskips = B602,B307\n")
    report = port.scan("planted", port.build("planted", "planted").digest)
    assert not report.good
    assert report.figures["high"] == 1
    assert report.figures["medium"] == 1
    assert report.figures["secrets"] == 1
    assert report.figures["unread"] == 1
    found = json.loads(report.content)
    assert {each["file"] for each in found["issues"]} >= {"shell.py", "a.egg/deeper.py"}
    assert [each["file"] for each in found["secrets"]] == ["swagger/keys.py"]
    assert key.encode() not in report.content


@pytest.mark.usefixtures("fenced")
def test_a_deployed_release_is_served_and_each_environment_has_its_own(sandbox: RunningSandbox, port: Deployer) -> None:
    one, two = built(sandbox, "served", titled("One")), built(sandbox, "served", titled("Two"))
    assert port.current("served", STAGING) is None
    staging = port.deploy("served", STAGING, two.digest, [])
    production = port.deploy("served", PRODUCTION, one.digest, [])
    assert (title(staging), title(production)) == ("Two", "One")
    assert staging == port.current("served", STAGING) == Deployed(STAGING, two.digest, staging.address, None)
    assert sandbox.health("served", PRODUCTION)["version"] == one.digest[:12]


@pytest.mark.usefixtures("fenced")
def test_the_one_before_is_kept_and_put_back(sandbox: RunningSandbox, port: Deployer) -> None:
    one, two = built(sandbox, "back", titled("One")), built(sandbox, "back", titled("Two"))
    port.deploy("back", PRODUCTION, one.digest, [])
    second = port.deploy("back", PRODUCTION, two.digest, [])
    assert (title(second), second.before) == ("Two", one.digest)
    assert port.deploy("back", PRODUCTION, two.digest, []).before == one.digest
    back = port.deploy("back", PRODUCTION, str(second.before), [])
    assert (title(back), back.digest, back.before) == ("One", one.digest, two.digest)


@pytest.mark.usefixtures("fenced")
def test_one_that_is_not_well_leaves_what_was_served(sandbox: RunningSandbox, port: Deployer) -> None:
    with pytest.raises(Refused, match="Nothing is served there"):
        port.deploy("ill", PRODUCTION, built(sandbox, "ill", {"app.py": UNHEALTHY}).digest, [])
    assert port.current("ill", PRODUCTION) is None
    good = port.deploy("ill", PRODUCTION, built(sandbox, "ill", titled("Well")).digest, [])
    with pytest.raises(Refused, match=r"I can't find my queue.*is still served") as refused:
        port.deploy("ill", PRODUCTION, built(sandbox, "ill", {"app.py": UNHEALTHY}).digest, [])
    assert "It ended with 3" in str(refused.value)
    assert port.current("ill", PRODUCTION) == good
    assert title(good) == "Well"


@pytest.mark.usefixtures("fenced")
def test_a_script_is_tried_on_a_copy_and_then_runs_once(sandbox: RunningSandbox, port: Deployer) -> None:
    release = built(sandbox, "migrated")
    address = port.deploy("migrated", STAGING, release.digest, []).address
    rehearsed = port.migrate("migrated", STAGING, release.digest, IMPORT, dry=True)
    assert (rehearsed.figures["rows article before"], rehearsed.figures["rows article after"]) == (0, 6)
    assert sandbox.health("migrated", STAGING)["tables"] is False
    for name in (FIRST, SECOND):
        port.migrate("migrated", STAGING, release.digest, name)
    done = port.migrate("migrated", STAGING, release.digest, IMPORT)
    assert (done.figures["rows article before"], done.figures["rows article after"]) == (0, 6)
    assert done.figures["checksum article before"] != done.figures["checksum article after"]
    assert len(httpx.get(f"{address}api/articles", trust_env=False).json()["articles"]) == 5
    assert "SQLite" in done.tool
    assert "PostgreSQL" in done.tool
    again = port.migrate("migrated", STAGING, release.digest, IMPORT)
    assert "not run again" in again.says
    assert sandbox.health("migrated", STAGING)["articles"] == 6


@pytest.mark.usefixtures("fenced")
def test_a_script_that_fails_changes_nothing_and_its_backup_is_kept(sandbox: RunningSandbox, port: Deployer) -> None:
    release = built(sandbox, "broken", {"migrations/003_broken.sql": BROKEN})
    for name in (FIRST, SECOND, IMPORT):
        port.migrate("broken", PRODUCTION, release.digest, name)
    with pytest.raises(Refused, match=r"no such table: nowhere\. Nothing was changed") as refused:
        port.migrate("broken", PRODUCTION, release.digest, "migrations/003_broken.sql")
    port.deploy("broken", PRODUCTION, release.digest, [])
    assert sandbox.health("broken", PRODUCTION)["articles"] == 6
    backups = sandbox.settings.home / "cases" / "broken" / "backups"
    assert len(list(backups.iterdir())) == 4
    assert any(file.name in str(refused.value) for file in backups.iterdir())
    with pytest.raises(Refused, match="has no script"):
        port.migrate("broken", PRODUCTION, release.digest, "../../keys/desk.pgpass")


@pytest.mark.usefixtures("fenced")
@pytest.mark.parametrize("text", ["commit; delete from article;", "attach 'x' as y;", "pragma writable_schema = 1;"])
def test_a_script_can_t_leave_its_transaction(sandbox: RunningSandbox, port: Deployer, text: str) -> None:
    release = built(sandbox, "leaving", {"migrations/003_leaving.sql": text})
    with pytest.raises(Refused, match="not authorized"):
        port.migrate("leaving", STAGING, release.digest, "migrations/003_leaving.sql")


@pytest.mark.parametrize("dry", [False, True])
def test_a_script_that_ran_with_another_text_is_refused_and_never_taken_for_done(
    sandbox: RunningSandbox, port: Deployer, dry: bool
) -> None:
    case = f"edited-{dry}".lower()
    port.migrate(case, STAGING, built(sandbox, case).digest, FIRST)
    edited = built(sandbox, case, {FIRST: "create table other (id integer);"})
    with pytest.raises(Refused, match="with another text"):
        port.migrate(case, STAGING, edited.digest, FIRST, dry=dry)
    with pytest.raises(Refused, match="with another text"):
        port.migrate(case, STAGING, edited.digest, SECOND, dry=True)


def test_a_script_is_read_out_of_the_kept_release(sandbox: RunningSandbox, port: Deployer) -> None:
    release = built(sandbox, "read")
    assert port.script("read", release.digest, FIRST) == (SOURCES / SAMPLE / FIRST).read_bytes()
    for name in ("app.py", "migrations/004.sql", "../x.sql"):
        with pytest.raises(Refused, match="has no script"):
            port.script("read", release.digest, name)


@pytest.mark.usefixtures("fenced")
def test_load_is_measured_on_what_is_served(sandbox: RunningSandbox, port: Deployer) -> None:
    with pytest.raises(Refused, match="deploy first"):
        port.load("loaded", STAGING, 2, 2)
    port.deploy("loaded", STAGING, built(sandbox, "loaded").digest, [])
    report = port.load("loaded", STAGING, 3, 2)
    assert report.good
    assert int(str(report.figures["requests"])) >= 6
    assert report.figures["error_percent"] == "0.00"
    assert int(str(report.figures["p95_ms"])) > 0
    for users, seconds in ((0, 5), (10_000, 5), (5, 0), (5, 100_000)):
        with pytest.raises(Refused, match="Nothing was started"):
            port.load("loaded", STAGING, users, seconds)


@pytest.mark.usefixtures("fenced")
def test_a_host_name_leads_to_one_case_only(sandbox: RunningSandbox, port: Deployer) -> None:
    port.name_host("named", PRODUCTION, "digest.client.com")
    port.deploy("named", PRODUCTION, built(sandbox, "named", titled("Named")).digest, [])
    port.name_host("named", PRODUCTION, "digest.client.com")
    there = httpx.get(sandbox.settings.sandbox_url, headers={"host": "digest.client.com"}, trust_env=False)
    assert "Named" in there.text
    with pytest.raises(Refused, match="another project's"):
        port.name_host("other", PRODUCTION, "digest.client.com")
    for name in ("localhost", "127.0.0.1", "..", "a b.com", "", "-a.com", "a/b.com"):
        with pytest.raises(Refused, match="no host name"):
            port.name_host("other", PRODUCTION, name)


@pytest.mark.usefixtures("fenced")
def test_what_was_stopped_is_served_no_more(sandbox: RunningSandbox, port: Deployer) -> None:
    deployed = port.deploy("over", STAGING, built(sandbox, "over").digest, [])
    port.name_host("over", STAGING, "over.client.com")
    port.stop("over")
    assert port.current("over", STAGING) is None
    assert httpx.get(deployed.address, trust_env=False).status_code == 503
    assert not (sandbox.settings.home / "cases" / "over" / "staging").exists()
    port.name_host("after", STAGING, "over.client.com")
    port.stop("over")


def test_a_sandbox_that_isn_t_there_changes_nothing(tmp_path: Path) -> None:
    nobody = RunningSandbox(Settings(home=tmp_path)).deployer
    for ask in (nobody.current, lambda case, where: nobody.deploy(case, where, "0" * 64, [])):
        with pytest.raises(Unavailable, match="countersign up"):
            ask("any", STAGING)
    with pytest.raises(Unavailable, match="countersign up"):
        nobody.stop("any")
