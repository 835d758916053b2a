"""A collector of traces: it listens, takes OTLP over HTTP as the standard has it, and keeps the spans."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Seen:
    """One span, with the process that it came from."""

    process: str
    span: Span

    @property
    def facts(self) -> dict[str, str]:
        return {fact.key.removeprefix("countersign."): fact.value.string_value for fact in self.span.attributes}


@dataclass(frozen=True)
class Collector:
    """`spans` are all that came so far, in the order of their beginnings."""

    address: str
    kept: list[Seen] = field(default_factory=list)

    @property
    def spans(self) -> list[Seen]:
        return sorted(self.kept, key=lambda seen: seen.span.start_time_unix_nano)

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = [fact.value.string_value for fact in resource.resource.attributes if fact.key == "service.name"]
            for scope in resource.scope_spans:
                self.kept.extend(Seen(names[0], span) for span in scope.spans)


@contextmanager
def collecting() -> Iterator[Collector]:
    """The collector, until the block ends."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.path == "/v1/traces"
            collector.take(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: tests look at what was kept."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
