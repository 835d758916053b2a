"""One question, one trace: from the ask to the act, whichever process each moment was in."""

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest

from checkpoints.actions import deciding
from checkpoints.core.errors import IllegalMove
from checkpoints.core.model import Verdict
from checkpoints.seeing import exporting, moments
from flows.deployments import SOURCE
from tests.integration.from_outside.watching.collector import Collector, Seen, collecting
from tests.integration.from_outside.watching.processes import running
from tests.integration.page.serving import Page, press
from tests.stage.desks import Office, spend
from tests.stage.runs import Workshop, eventually
from to_tools.up import parts

ORDER = ["asked", "received", "told", "answered", "woken", "acted"]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Traces are on for this test, here and in every process that it starts."""
    with collecting() as running:
        monkeypatch.setenv(moments.ENDPOINT, running.address)
        monkeypatch.delenv("COUNTERSIGN_PROCESS", raising=False)
        exporting.end()
        yield running
        exporting.end()


@pytest.fixture
def processes(workshop: Workshop, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Page, porter and what executes runs, each a process of its own, told of the collector."""
    workshop.stop_porter()
    with running(workshop.office.settings, parts.porter, parts.page) as told:
        monkeypatch.setenv("COUNTERSIGN_PROCESS", "engine")
        workshop.start_executor()
        yield Page(workshop.office.desk, told.page_url)


@pytest.mark.long
def test_from_the_ask_to_the_act_is_one_trace_across_processes(
    workshop: Workshop, collector: Collector, processes: Page
) -> None:
    case = workshop.case("traced", "60")
    point = workshop.question(case)
    told = eventually(lambda: of(collector, point.id, "told") or None, "the telling")
    with processes.browser(workshop.office.ada) as client:
        assert press(client, point, Verdict.APPROVE).status_code == 303
    assert workshop.ended(case).state == "delivered"
    eventually(lambda: of(collector, point.id, "acted") or None, "the act")
    spans = [seen for seen in collector.spans if seen.span.trace_id == point.id.bytes]
    first = {seen.span.name: seen for seen in reversed(spans)}
    assert sorted(first, key=lambda name: first[name].span.start_time_unix_nano) == ORDER
    assert [first[name].process.removeprefix("countersign-") for name in ORDER] == [
        "engine",
        "porter",
        "porter",
        "page",
        "engine",
        "engine",
    ]
    assert first["asked"].span.parent_span_id == b""
    assert {seen.span.parent_span_id for seen in spans if seen.span.name != "asked"} == {first["asked"].span.span_id}
    assert {seen.facts["checkpoint"] for seen in spans} == {point.label}
    assert told[0].facts["state"] == "open"
    assert first["answered"].facts["way"] == "page"
    assert first["acted"].facts["outcome"] == "done"


def of(collector: Collector, checkpoint: UUID, name: str) -> list[Seen]:
    return [seen for seen in collector.spans if (seen.span.trace_id, seen.span.name) == (checkpoint.bytes, name)]


def test_a_no_is_in_the_trace_with_its_kind_and_none_of_its_words(office: Office, collector: Collector) -> None:
    point = office.ask(office.case(), spend())
    pressed = deciding.Press(point.id, point.revision, "0" * 64, Verdict.REJECT, note="a word in confidence")
    with pytest.raises(IllegalMove):
        deciding.answer(office.desk, office.ada, pressed)
    exporting.sink().force_flush()
    answered = of(collector, point.id, "answered")[0]
    assert answered.span.status.message == "IllegalMove"
    assert "confidence" not in str(collector.kept)
    assert "Ada" not in str(collector.kept)


def test_a_collector_that_is_away_keeps_nothing_from_happening(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(moments.ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    exporting.end()
    point = office.ask(office.case(), spend())
    pressed = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    assert deciding.answer(office.desk, office.ada, pressed).decision
    exporting.end()


@pytest.mark.parametrize("module", ["to_tools.cli.app", "to_tools.page.app", "to_tools.porter", "flows.gate"])
def test_nobody_who_collects_no_traces_pays_for_them(module: str) -> None:
    code = f"import {module}, sys; print('opentelemetry.sdk' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != moments.ENDPOINT}
    path = os.pathsep.join((str(SOURCE), str(SOURCE / "to-tools")))
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout == "False\n"
