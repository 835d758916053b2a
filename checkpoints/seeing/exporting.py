"""The only importer of OpenTelemetry: hands a moment over as a span, in the background.

Rule: imported only where a collector is named; a collector that is away delays nobody and keeps nothing from happening.
"""

import atexit
import secrets
from functools import cache

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from checkpoints.seeing.logs import process_name
from checkpoints.seeing.moments import FIRST, Moment, root

SCOPE = InstrumentationScope("countersign")


@cache
def sink() -> BatchSpanProcessor:
    """Where finished spans go; what is left is sent when the process ends."""
    processor = BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=1000)
    atexit.register(end)
    return processor


def end() -> None:
    """Sends what is left. Another moment would begin anew, as the environment says by then."""
    if sink.cache_info().currsize:
        sink().shutdown()  # type: ignore[no-untyped-call]
        sink.cache_clear()


def export(doing: Moment, ended: int, wrong: str) -> None:
    """`wrong` is the class of what it was ended by, empty when all went well."""
    assert doing.checkpoint is not None
    first = doing.name == FIRST
    span = secrets.randbits(64) or 1
    said = {"case": doing.case, "checkpoint": doing.label, "run": str(doing.run) if doing.run else "", **doing.facts}
    sink().on_end(
        ReadableSpan(
            name=doing.name,
            context=_context(doing, root(doing.checkpoint) if first else span),
            parent=None if first else _context(doing, root(doing.checkpoint)),
            resource=Resource.create({"service.name": f"countersign-{process_name()}"}),
            attributes={f"countersign.{name}": value for name, value in said.items() if value},
            kind=SpanKind.INTERNAL,
            instrumentation_scope=SCOPE,
            status=Status(StatusCode.ERROR, wrong) if wrong else Status(StatusCode.UNSET),
            start_time=doing.started,
            end_time=max(ended, doing.started),
        )
    )


def _context(doing: Moment, span: int) -> SpanContext:
    assert doing.checkpoint is not None
    return SpanContext(doing.checkpoint.int, span, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
