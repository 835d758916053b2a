"""What senders do, right and wrong: a signed alarm to a page that listens; and a case whose monitoring is set."""

import time
from decimal import Decimal

import httpx
from sqlalchemy import text

from checkpoints.actions.by_runs import acting
from checkpoints.core.from_outside.arrival import signed_with
from checkpoints.core.model import Cost, Fact, Field, FieldSort, Request, Subject
from checkpoints.store import runs
from tests.integration.page.serving import Page
from tests.stage.desks import Office
from to_tools.page.from_outside.arrivals import arrivals_key

BODY = b'{"summary": "it is down"}'
STORED = ("arrival", "audit_line", "errand", "run", "checkpoint", "evidence")


def headers(
    page: Page, body: bytes = BODY, *, case: str = "sample", name: str = "alarm", key: str = "one", ago: float = 0
) -> dict[str, str]:
    """What a sender with the right key sends along."""
    timestamp = str(int(time.time() - ago))
    signature = signed_with(arrivals_key(page.desk.home / "keys"), timestamp, case, name, key, body)
    return {"Countersign-Timestamp": timestamp, "Countersign-Key": key, "Countersign-Signature": signature}


def send(page: Page, body: bytes = BODY, case: str = "sample", name: str = "alarm", key: str = "one") -> httpx.Response:
    """A signed alarm."""
    with page.stranger() as client:
        signed = headers(page, body, case=case, name=name, key=key)
        return client.post(f"/arrivals/{case}/{name}", content=body, headers=signed)


def stored(office: Office) -> list[int]:
    """How many rows there are of everything that something from outside can write."""
    with office.desk.transaction() as tx:
        return [tx.execute(text(f"select count(*) from desk.{table}")).scalar_one() for table in STORED]


def monitored(office: Office, run: runs.Run, p95_ms: str = "300", error_percent: str = "10") -> None:
    """The run's case gets its thresholds, by the rule, and they are set."""
    fields = tuple(
        Field(name, name, FieldSort.NUMBER, default)
        for name, default in (("p95_ms", p95_ms), ("error_percent", error_percent))
    )
    request = Request(
        kind="monitoring",
        agent="Hephaestus",
        action="Monitoring setup",
        details="",
        subject=Subject("what is watched", {"project": run.case}),
        facts=(Fact("Targets", "production"),),
        fields=fields,
        cost=Cost(Decimal(0), Decimal(0)),
    )
    point = office.ask(run, request, "monitoring")
    assert point.decision is not None
    begun = acting.begin(office.asker, run, point, "set", point.digest, point.decision.fields)
    acting.finish(office.asker, run, begun.id, "done", {})
