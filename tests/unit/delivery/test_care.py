"""What is asked about an alarm, what is said each day, and a task for a person: the words alone."""

from dataclasses import replace
from decimal import Decimal

import pytest

from agents import manual
from agents.delivery import care
from agents.delivery.care import Live, monthly_cost, status
from checkpoints.core.fields import fill
from checkpoints.core.from_outside.arrival import Arrival
from checkpoints.core.from_outside.probe import Probe
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Cost, Json, Request
from checkpoints.core.policy import missing_parts
from checkpoints.core.work.release import Deployed, Environment
from checkpoints.rules.catalogue import read_catalogue
from tests.stage.desks import spend
from tests.unit.core.points import NOON, point

DEPLOYED = Deployed(Environment.PRODUCTION, "1" * 64, "http://localhost:8720/sample/production/", "2" * 64)
LIVE = Live(DEPLOYED, Probe(NOON, True, 12, "status 200"))
KINDS = read_catalogue()


def alarm(id: int = 1, key: str = "k", **body: Json) -> Arrival:
    return Arrival(id, "alarm", key, body or {"summary": "down"}, NOON)


def told(request: Request) -> str:
    return "\n".join(f"{fact.label}: {fact.value}" for fact in request.facts)


@pytest.mark.parametrize("live", [LIVE, Live(None, None, "no answer"), Live(None, None)])
def test_a_question_about_an_alarm_brings_what_its_kind_wants(live: Live) -> None:
    request = care.ask_about("Sample", [alarm()], live, None)
    labels = tuple(fact.label for fact in request.facts)
    assert missing_parts(KINDS["escalation"], labels, request.fields) == ()
    assert request.risks == ()


def test_only_the_desks_own_probe_is_told_as_a_fact() -> None:
    measured = alarm(1, "probe/1/now", summary="3 probes in a row failed")
    sent, raised = alarm(2, "sent", summary="buy gold"), alarm(3, "shell/1", summary="empty page", by="Ada")
    request = care.ask_about("Sample", [measured, sent, raised], LIVE, None)
    facts = told(request)
    assert "3 probes in a row failed" in facts
    assert "Ada raised an alarm" in facts
    assert "buy gold" not in facts
    assert "empty page" not in facts
    assert "“buy gold”" in request.details
    assert "“empty page”" in request.details
    assert "3 probes" not in request.details


def test_a_flood_of_alarms_is_counted_and_cut() -> None:
    request = care.ask_about("Sample", [alarm(n, summary="x" * 2_000) for n in range(500)], LIVE, None)
    assert "and 492 more alarms" in told(request)
    assert len(request.details) < 7_000
    assert len(request.facts) < 20


def test_the_day_is_said_in_two_sentences() -> None:
    says = status(LIVE, [point()], 2, Decimal("61.5"))
    assert says == (
        "Production serves 1111 1111 1111 at http://localhost:8720/sample/production/; "
        "its health check: well: status 200 after 12 ms. "
        "Open: 3 (Buy error tracking); 2 alarms in the last 24 hours; $61.50 a month is approved."
    )
    assert "serves nothing; its health check: not looked at" in status(Live(None, None), [], 0, None)


def test_the_monthly_cost_counts_what_was_done_and_of_the_same_the_newest() -> None:
    def done(number: int, kind: str, cost: str | None, what: str = "", permit: Permit = Permit.DONE) -> object:
        amount = None if cost is None else Cost(Decimal(cost), Decimal(cost))
        request = replace(spend(), cost=amount, subject=replace(spend().subject, parameters={"what": what}))
        return point(number=number, kind=kind, request=request, permit=permit)

    points = [
        done(1, "project-approval", "300"),
        done(2, "terraform-plan", "100"),
        done(5, "terraform-plan", "80"),
        done(3, "spend", "10", "errors"),
        done(4, "spend", "5", "mail"),
        done(6, "spend", "7", "unused", Permit.UNUSED),
        done(7, "api-credential", None),
    ]
    assert monthly_cost(points) == Decimal(95)  # type: ignore[arg-type]
    assert monthly_cost([]) is None


def test_a_task_has_numbered_steps_that_an_approval_names_and_asks_what_became_of_it() -> None:
    request = manual.ask_task("Hephaestus", "Change the redirect", ("Open the console", "Save"), "The domain changed.")
    labels = tuple(fact.label for fact in request.facts)
    assert missing_parts(KINDS["manual-task"], labels, request.fields) == ()
    assert [fact.value for fact in request.facts] == ["1. Open the console", "2. Save"]
    assert "Save" in request.subject.parameters.values()
    assert fill(request.fields, {"outcome": "could not"}) == {"outcome": "could not"}
