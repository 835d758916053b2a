"""Whole projects on a real Prefect server, with a real Terraform and real releases: each ends as its answers say."""

from collections import Counter
from pathlib import Path

import httpx

from checkpoints.actions import reading
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Verdict
from checkpoints.core.plan import Stage
from checkpoints.core.view import Case, Checkpoint
from tests.stage.deliveries import SAMPLE, Deliveries

EVERYTHING = """
[[integration]]
name = "Calendar"
scopes = ["events.read"]

[custom]
template = "sandbox-cache"
why = "A cache in front of the database: the digest reads the same articles again and again."

[[spend]]
what = "error tracking"
monthly = "12.00"
"""
OPTIONAL = (
    "third-party-integration", "custom-infrastructure", "database-migration", "data-migration", "domain",
    "security-review", "compliance-review", "load-test", "monitoring", "cost-optimisation",
)  # fmt: skip
SEED = [
    "project-approval", "infrastructure-selection", "api-credential", "api-credential", "terraform-plan", "domain",
    "staging-deployment", "security-review", "production-deployment", "monitoring",
]  # fmt: skip
"""The kinds of the ten checkpoints of the Technical Operator flow, in the order of their numbers."""


def named(name: str, document: str = "") -> bytes:
    return (document or SAMPLE.read_text()).replace('name = "Read Later Digest"', f'name = "{name}"').encode()


def everything() -> str:
    """The sample with every optional kind switched on."""
    lines = SAMPLE.read_text().splitlines()
    kinds = ", ".join(f'"{kind}"' for kind in OPTIONAL)
    on = [f"optional_kinds = [{kinds}]" if line.startswith("optional_kinds") else line for line in lines]
    at = next(number for number, line in enumerate(on) if line.startswith("optional_kinds"))
    on.insert(at + 1, 'compliance = ["GDPR", "HIPAA"]\npre_provision = true')
    return "\n".join(on) + EVERYTHING


def points(deliveries: Deliveries, case: Case) -> list[Checkpoint]:
    return [shown.point for shown in reading.story(deliveries.office.desk, case.slug).cards]


def served(deliveries: Deliveries, case: Case, environment: str) -> dict[str, object]:
    url = f"{deliveries.sandbox.settings.sandbox_url}/{case.slug}/{environment}/health"
    return dict(httpx.get(url, trust_env=False).raise_for_status().json())


def test_the_sample_is_delivered_with_the_ten_checkpoints_of_the_flow(deliveries: Deliveries) -> None:
    case = deliveries.workshop.deliver(named("Ten Checkpoints"))
    ended = deliveries.answer_until_it_ends(case)
    assert ended.state == "delivered", ended.outcome
    found = points(deliveries, case)[:10]
    assert [point.kind for point in found] == SEED
    assert {point.permit for point in found} == {Permit.DONE}
    assert served(deliveries, case, "production")["services"] == ["pocket", "sendgrid"]
    assert "is served at" in ended.outcome


def test_every_optional_kind_is_asked_changed_once_and_done(deliveries: Deliveries) -> None:
    case = deliveries.workshop.deliver(named("Everything On", everything()))
    wished: set[str] = set()

    def say(point: Checkpoint) -> tuple[Verdict, str] | None:
        if point.kind in wished or point.kind in ("escalation", "manual-task", "spend"):
            return None
        wished.add(point.kind)
        return Verdict.CHANGES, "look again, and rebuild or rescan what there is"

    ended = deliveries.answer_until_it_ends(case, say)
    assert ended.state == "delivered", ended.outcome
    plan = reading.story(deliveries.office.desk, case.slug).plan
    assert {entry.stage for entry in plan} == {Stage.DONE}, [(e.branch, e.stage, e.words) for e in plan]
    asked = Counter(point.kind for point in points(deliveries, case))
    assert set(OPTIONAL) <= set(asked)
    health = served(deliveries, case, "production")
    assert health["tables"] is True
    assert health["articles"] != 0


def say_by_number(number: int) -> str:
    """Of fifty: twenty stop at the brief, fifteen at the infrastructure, ten at the plan; five are delivered."""
    return (
        "project-approval"
        if number < 20
        else "infrastructure-selection"
        if number < 35
        else ("terraform-plan" if number < 45 else "")
    )


def test_fifty_at_once_end_each_as_its_own_answers_say(deliveries: Deliveries) -> None:
    cases = [deliveries.workshop.deliver(named(f"Fifty {number}")) for number in range(50)]
    ends = {"project-approval": "refused", "infrastructure-selection": "undelivered", "terraform-plan": "undelivered"}
    for number, case in enumerate(cases):
        stop = say_by_number(number)
        ended = deliveries.answer_until_it_ends(
            case, lambda point, stop=stop: (Verdict.REJECT, f"not {point.case}") if point.kind == stop else None
        )
        assert ended.state == ends.get(stop, "delivered"), (case.slug, ended.outcome)
        if stop:
            assert f"not {case.slug}" in ended.outcome
            continue
        assert served(deliveries, case, "production")["environment"] == "production"
    folders = {path.name for path in Path(deliveries.office.settings.cases).iterdir()}
    assert {case.slug for case in cases[45:]} <= folders
    assert not {case.slug for case in cases[:35]} & folders
