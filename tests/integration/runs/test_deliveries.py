"""Whole projects on a real Prefect server, with a real Terraform and real releases: each ends as its answers say."""

from collections import Counter
from pathlib import Path

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.actions.credentials import redeeming
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import Stage
from checkpoints.rules.catalogue import read_catalogue
from tests.stage.deliveries import SAMPLE, Deliveries
from tests.stage.wires.plain import NOBODY

EVERY_KIND = Path(__file__).parents[3] / "samples" / "every-kind.toml"
OPTIONAL = {name for name, kind in read_catalogue().items() if kind.optional}
SEED = [
    "project-approval", "infrastructure-selection", "api-credential", "api-credential", "terraform-plan", "domain",
    "staging-deployment", "security-review", "production-deployment", "monitoring",
]  # fmt: skip
"""The kinds of the ten checkpoints of the Technical Operator flow, in the order of their numbers."""


def named(name: str) -> bytes:
    """The sample's brief under another name."""
    return SAMPLE.read_text().replace('name = "Read Later Digest"', f'name = "{name}"').encode()


def points(deliveries: Deliveries, case: Case) -> list[Checkpoint]:
    return [shown.point for shown in reading.story(deliveries.office.desk, case.slug).cards]


def served(deliveries: Deliveries, case: Case, environment: str) -> dict[str, object]:
    url = f"{deliveries.sandbox.settings.sandbox_url}/{case.slug}/{environment}/health"
    return dict(httpx.get(url, verify=NOBODY, trust_env=False).raise_for_status().json())


@pytest.mark.long
def test_the_sample_is_delivered_with_the_ten_checkpoints_of_the_flow(deliveries: Deliveries) -> None:
    case = deliveries.workshop.deliver(named("Ten Checkpoints"))
    ended = deliveries.ada.until_it_ends(case)
    assert ended.state == "delivered", ended.outcome
    found = points(deliveries, case)[:10]
    assert [point.kind for point in found] == SEED
    assert {point.permit for point in found} == {Permit.DONE}
    assert served(deliveries, case, "production")["services"] == ["pocket", "sendgrid"]
    assert "went to production at" in ended.outcome


@pytest.mark.long
def test_every_optional_kind_is_asked_changed_once_and_done(deliveries: Deliveries) -> None:
    case = deliveries.workshop.deliver(EVERY_KIND.read_bytes())
    wished: set[str] = set()

    def say(point: Checkpoint) -> tuple[Verdict, str] | None:
        if point.kind in wished or point.kind in ("escalation", "manual-task", "spend"):
            return None
        wished.add(point.kind)
        return Verdict.CHANGES, "look again, and rebuild or rescan what there is"

    ended = deliveries.ada.until_it_ends(case, say)
    assert ended.state == "delivered", ended.outcome
    plan = reading.story(deliveries.office.desk, case.slug).plan
    assert {entry.stage for entry in plan} == {Stage.DONE}, [(e.branch, e.stage, e.words) for e in plan]
    asked = Counter(point.kind for point in points(deliveries, case))
    assert set(asked) >= OPTIONAL
    health = served(deliveries, case, "production")
    assert health["tables"] is True
    assert health["articles"] != 0


ENDS = {"project-approval": "refused", "infrastructure-selection": "undelivered", "terraform-plan": "undelivered"}
"""How a case ends by the kind that is refused."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "stops",
    [
        pytest.param(
            {"project-approval": 4, "infrastructure-selection": 7, "terraform-plan": 8},
            id="ten",
            marks=pytest.mark.long,
        ),
        pytest.param(
            {"project-approval": 38, "infrastructure-selection": 46, "terraform-plan": 48},
            id="fifty",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_many_at_once_end_each_as_its_own_answers_say(deliveries: Deliveries, stops: dict[str, int]) -> None:
    """`stops`: which kind is refused in every case with a number below; the last two cases are delivered."""
    size = max(stops.values()) + 2
    cases = [deliveries.workshop.deliver(named(f"Of {size} Number {number}")) for number in range(size)]
    refused = {
        case.slug: next((kind for kind, below in stops.items() if number < below), "")
        for number, case in enumerate(cases)
    }

    def say(point: Checkpoint) -> tuple[Verdict, str] | None:
        return (Verdict.REJECT, f"not {point.case}.") if point.kind == refused[point.case] else None

    ended = deliveries.ada.until_all_end(cases, say, 580)
    for case in cases:
        end = ended[case.slug]
        assert end.state == ENDS.get(refused[case.slug], "delivered"), (case.slug, end.outcome)
        assert not refused[case.slug] or f"not {case.slug}." in end.outcome
        others = {other.slug for other in cases} - {case.slug}
        below = {path.name for path in (deliveries.office.settings.cases / case.slug).rglob("*")}
        assert not below & others
    delivered = [case for case in cases if not refused[case.slug]]
    versions = {str(served(deliveries, case, "production")["version"]) for case in delivered}
    assert len(versions) == 1
    for case in delivered:
        assert {point.case for point in points(deliveries, case)} == {case.slug}
        given = redeeming.of_case(deliveries.office.desk, case.slug)
        assert {listed.checkpoint.partition("/")[0] for listed in given} == {case.slug}
