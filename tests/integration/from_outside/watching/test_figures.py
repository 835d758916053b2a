"""What is measured at the desk, as Prometheus reads it: true, for those who may, and quick however much waits."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from checkpoints.actions import deciding, receiving
from checkpoints.actions.audit import counting
from checkpoints.actions.by_runs import acting, requesting, waiting
from checkpoints.actions.errands import carry_next
from checkpoints.actions.from_outside import watching
from checkpoints.actions.people.accounts import admitting
from checkpoints.core.digest import digest
from checkpoints.core.errors import NotYourCall, Unavailable
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.work.waits import Wait
from checkpoints.store.work.watched import figures
from flows.deployments import SOURCE
from tests.integration.desk.moments import later
from tests.integration.from_outside.watching.crowd import crowd
from tests.integration.page.serving import Page, press, running_page
from tests.stage.desks import Office, spend
from to_tools.page.from_outside.exposition import Measured
from to_tools.page.from_outside.watching import metrics_key

Labels = tuple[tuple[str, str], ...]
EVERYTHING = figures.Figures(
    waiting={},
    answers=(),
    by_rule=0,
    errands={},
    wakes=0,
    wake_seconds={},
    unknown_permits=0,
    refusals={},
    sign_ins={},
    processes={},
    lost_leases=0,
)
MOST_PAGES = 500
"""Of 8 KiB each; it took 58 when this was written."""
LARGE = ("checkpoint", "answer", "decision", "permit", "wait", "audit_line")


def scraped(text: str) -> dict[tuple[str, Labels], float]:
    """Every sample, as Prometheus's own parser reads the page."""
    return {
        (sample.name.removeprefix("countersign_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def measured(page: Page) -> dict[tuple[str, Labels], float]:
    with page.stranger() as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return scraped(answer.text)


def approve(office: Office, point: Checkpoint) -> Checkpoint:
    pressed = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    return deciding.answer(office.desk, office.ada, pressed)


def test_what_waits_is_counted_by_state_with_the_age_of_the_oldest(page: Page, office: Office) -> None:
    run = office.case()
    office.ask(run, spend())
    later(office, "90 seconds")
    requesting.ask(office.asker, run, "another", 1, spend())
    found = measured(page)
    assert found["checkpoints_waiting", (("state", "open"),)] == 1
    assert found["checkpoints_waiting", (("state", "asked"),)] == 1
    assert found["checkpoints_waiting", (("state", "changing"),)] == 0
    assert 90 <= found["oldest_waiting_seconds", ()] < 120


def test_answers_are_counted_by_verdict_and_way(page: Page, office: Office) -> None:
    run = office.case()
    first, second, third = (office.ask(run, spend(), f"question {n}") for n in range(3))
    approve(office, first)
    with page.browser(office.ada) as client:
        assert press(client, second, Verdict.APPROVE).status_code == 303
        assert press(client, third, Verdict.REJECT, note="no").status_code == 303
    office.ask(run, spend("10"), "cheap")
    found = measured(page)
    assert found["answers_total", (("verdict", "approve"), ("way", "shell"))] == 1
    assert found["answers_total", (("verdict", "approve"), ("way", "page"))] == 1
    assert found["answers_total", (("verdict", "reject"), ("way", "page"))] == 1
    assert found["approved_by_rule_total", ()] == 1


def test_an_errand_that_keeps_failing_grows_old(page: Page, office: Office) -> None:
    office.case()

    def away(desk: Desk, errand: Errand) -> None:
        raise Unavailable("Prefect is away")

    later(office, "50 seconds")
    while carry_next(office.desk, {"start": away}):
        pass
    found = measured(page)
    kind = (("kind", "start"),)
    assert found["errands_open", kind] == 1
    assert found["errand_oldest_seconds", kind] >= 50
    assert found["errand_overdue_seconds", kind] < 50


def test_the_time_to_wake_is_from_the_decision_until_the_run_has_read_it(page: Page, office: Office) -> None:
    run = office.case()
    point = office.ask(run, spend())
    waiting.sleep_for(office.asker, run, Wait(checkpoint_id=point.id))
    later(office, "100 seconds")
    approve(office, point)
    later(office, "107 seconds")
    waiting.mark_read(office.asker, run)
    found = measured(page)
    assert found["wakes", ()] == 1
    assert 7 <= found["wake_seconds", (("quantile", "0.95"),)] < 20
    later(office, "2 hours")
    assert measured(page)["wakes", ()] == 0


def test_what_nobody_knows_the_outcome_of_is_counted(page: Page, office: Office) -> None:
    run = office.case()
    point = approve(office, office.ask(run, spend()))
    named = digest(point.request.subject.parameters)
    begun = acting.begin(office.asker, run, point, "buy it", named, {})
    assert measured(page)["unknown_permits", ()] == 0
    acting.finish(office.asker, run, begun.id, "unknown", {})
    assert measured(page)["unknown_permits", ()] == 1


def test_every_no_is_counted_by_whom_it_was_said_to(page: Page, office: Office) -> None:
    run = office.case()
    point = office.ask(run, spend())
    with page.browser(office.ada) as client:
        assert press(client, point, Verdict.REJECT, note="").status_code == 422
    requesting.ask(office.asker, run, "odd", 1, replace(spend(), kind="no-such-kind"))
    while receiving.receive_next(office.desk):
        pass
    with pytest.raises(NotYourCall):
        admitting.sign_in(office.desk, "Nobody", "of this desk")
    counting.junk(office.desk)
    found = measured(page)
    assert found["sign_ins_refused_total", (("of", "unknown"),)] == 1
    assert found["sign_ins_refused_total", (("of", "junk"),)] == 1
    assert found["refusals_total", (("of", "person"),)] == 1
    assert found["refusals_total", (("of", "request"),)] == 1
    assert found["refusals_total", (("of", "submission"),)] == 0


def test_an_empty_desk_has_figures_too(page: Page) -> None:
    found = measured(page)
    assert found["oldest_waiting_seconds", ()] == 0
    assert found["unknown_permits", ()] == 0


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via"])
def test_what_a_proxy_passed_on_needs_the_token(page: Page, office: Office, header: str) -> None:
    with page.stranger() as client:
        passed_on = {header: "127.0.0.1"}
        assert client.get("/metrics", headers=passed_on).status_code == 403
        for wrong in ("", "Bearer", "Bearer 0", "Basic x", f"Bearer {'0' * 64}", "Bearer é"):
            said = {name.encode(): value.encode() for name, value in (passed_on | {"authorization": wrong}).items()}
            refused = client.get("/metrics", headers=said)
            assert refused.status_code == 403, wrong
            assert "countersign_" not in refused.text
        token = metrics_key(office.desk).decode()
        assert client.get("/metrics", headers=passed_on | {"authorization": f"Bearer {token}"}).status_code == 200


def test_a_page_with_a_name_of_its_own_tells_nobody_without_the_token(office: Office) -> None:
    published = replace(office.desk, page_url="https://desk.example.com")
    with running_page(published) as page, page.stranger() as client:
        assert client.get("/metrics").status_code == 403
        token = metrics_key(office.desk).decode()
        assert client.get("/metrics", headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert (office.desk.home / "keys" / "metrics").stat().st_mode & 0o077 == 0


def test_the_asker_reads_no_figures(office: Office) -> None:
    with pytest.raises(NotYourCall):
        watching.figures(office.asker)


def test_ten_thousand_waiting_make_no_figure_slow(page: Page, office: Office) -> None:
    crowd(office, office.case())
    with office.desk.engine.connect() as tx:
        (explained,) = tx.execute(text(f"explain (analyze, buffers, format json) {figures.READ.text}")).scalar_one()
    read_whole = {node.get("Relation Name") for node in nodes(explained) if node["Node Type"] == "Seq Scan"}
    assert not read_whole & set(LARGE), json.dumps(explained, indent=1)
    # Of pages, not by the clock: other tests may keep this machine busy.
    assert explained["Plan"]["Shared Hit Blocks"] + explained["Plan"]["Shared Read Blocks"] < MOST_PAGES
    assert min(seconds(office.desk) for _ in range(9)) < 0.1
    assert measured(page)["checkpoints_waiting", (("state", "open"),)] == 10_000
    with page.stranger() as client:
        assert client.get("/readyz").json()["checks"]["database"]["ok"]


def seconds(desk: Desk) -> float:
    before = time.perf_counter()
    watching.figures(desk)
    return time.perf_counter() - before


def nodes(plan: object) -> list[Mapping[str, str]]:
    """Every node of an explained plan."""
    if isinstance(plan, list):
        return [node for part in plan for node in nodes(part)]
    if not isinstance(plan, dict):
        return []
    own = [plan] if "Node Type" in plan else []
    return own + [node for part in plan.values() if isinstance(part, list | dict) for node in nodes(part)]


def test_nothing_that_is_said_of_a_case_stands_in_the_figures(page: Page, office: Office) -> None:
    office.ask(office.case("a-client-of-ours"), spend())
    with page.stranger() as client:
        answer: httpx.Response = client.get("/metrics")
    assert "a-client" not in answer.text
    assert "Ada" not in answer.text


def test_the_runbook_names_every_figure_and_no_other() -> None:
    runbook = (SOURCE / "runbooks" / "tasks" / "watching.md").read_text(encoding="utf-8")
    section = runbook.split("## The figures")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)(?:\{[\w, ]+\})?` \|", section, re.MULTILINE)
    queried = set(re.findall(r"countersign_(\w+)", runbook)) - {"…"}
    families = Measured(EVERYTHING).collect()
    published = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert {f"countersign_{row}" for row in rows} == published
    assert {f"countersign_{name}" for name in queried} <= published
