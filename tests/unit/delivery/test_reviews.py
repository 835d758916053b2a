"""What Athena asks about a scan and a load test: findings in our words, figures as they were measured."""

import json
from dataclasses import replace

import pytest

from agents.delivery.athena import load, security
from agents.delivery.defaults import TYPES
from agents.delivery.project import Load
from checkpoints.core.digest import digest
from checkpoints.core.errors import Refused
from checkpoints.core.fields import fill
from checkpoints.core.model import Attachment, Fact, Json, Request, Scalar
from checkpoints.core.policy import missing_parts, policy
from checkpoints.core.work.release import Evidence
from checkpoints.rules.catalogue import read_catalogue, read_matrix
from tests.unit.delivery.test_agents import PROJECT

KINDS, MATRIX = read_catalogue(), read_matrix()
FILE = Attachment("scan.json", "f" * 64, "application/json", 100)
USUAL = Load(20, 10)
CLEAN: dict[str, Scalar] = {"high": 0, "medium": 0, "low": 3, "secrets": 0, "unread": 0}


def scan(good: bool = True, **figures: Scalar) -> Evidence:
    return Evidence("bandit 1.9", "3 low", good, CLEAN | figures, FILE)


def report(
    issues: tuple[tuple[str, str], ...] = (), secrets: tuple[str, ...] = (), unread: tuple[str, ...] = ()
) -> bytes:
    listed: dict[str, Json] = {
        "issues": [{"severity": s, "what": f"{rule}: hunter2", "file": "app.py", "line": 7} for s, rule in issues],
        "secrets": [{"what": what, "file": "keys.py", "line": 3} for what in secrets],
        "unread": list(unread),
    }
    return json.dumps(listed).encode()


def security_review(found: bytes = report(), evidence: Evidence | None = None, release: str = "1" * 64) -> Request:
    return security.ask_security(PROJECT, release, evidence or scan(), security.findings(found))


def measured(**figures: Scalar) -> Evidence:
    usual: dict[str, Scalar] = {"requests": 100, "p95_ms": 40, "error_percent": "0.0"}
    return Evidence("locust", "it ran", True, usual | figures, FILE)


def load_test(wanted: Load = USUAL, evidence: Evidence | None = None) -> Request:
    return load.ask_load(PROJECT, "1" * 64, wanted, evidence or measured())


def facts(request: Request) -> dict[str, Fact]:
    return {fact.label: fact for fact in request.facts}


ASKED = {
    "security-review": security_review(),
    "load-test": load_test(),
}


@pytest.mark.parametrize("kind", ASKED)
def test_a_review_brings_what_its_kind_wants_and_no_rule_passes_it(kind: str) -> None:
    request, of = ASKED[kind], KINDS[kind]
    assert (request.kind, request.agent) == (kind, of.asker)
    assert missing_parts(of, tuple(facts(request)), request.fields) == ()
    assert request.attachments == (FILE,)
    assert not policy(of, request.risks, request.reversible, request.cost, MATRIX).by_rule


@pytest.mark.parametrize("kind", ASKED)
def test_an_acceptance_names_the_report_and_the_image(kind: str) -> None:
    parameters = ASKED[kind].subject.parameters
    assert (parameters["report"], parameters["release"]) == (FILE.sha256, "1" * 64)


def test_a_clean_scan_needs_no_words() -> None:
    request = security_review()
    assert facts(request)["Findings"] == Fact("Findings", "0 high, 0 medium, 3 low; no secrets found")
    assert fill(request.fields, {}) == {}


def test_each_grave_finding_is_a_danger_in_our_words_and_must_be_accepted_in_words() -> None:
    found = report((("low", "B101"), ("high", "B602"), ("medium", "B608"), ("high", "B999")), ("Secret Keyword",))
    request = security_review(found, scan(good=False, high=2, medium=1, secrets=1))
    assert [fact.value for fact in request.facts if fact.dangerous] == [
        "app.py:7 starts a shell with text that it put together (B602)",
        "app.py:7 is not safe, say the rule's pages (B999)",
        "keys.py:3 looks like a secret (Secret Keyword)",
        "2 high, 1 medium, 3 low; 1 secrets found",
    ]
    assert facts(request)["Medium finding"].value == "app.py:7 puts SQL together from text (B608)"
    with pytest.raises(Refused, match="accepted"):
        fill(request.fields, {})


def test_a_tool_s_words_which_may_hold_the_secret_are_not_shown() -> None:
    request = security_review(report((("high", "B105"), ("medium", "B106"))), scan(good=False, high=1, medium=1))
    assert "hunter2" not in str(request)


def test_what_could_not_be_looked_at_is_as_grave_as_a_finding() -> None:
    request = security_review(report(unread=("odd.py",)), scan(good=False, unread=1))
    assert Fact("Unread finding", "odd.py could not be looked at by the scanner (no rule)", True) in request.facts
    assert facts(request)["Findings"].dangerous


def test_hundreds_of_findings_are_counted_where_they_are_not_named() -> None:
    request = security_review(report((("high", "B602"),) * 300), scan(good=False, high=300))
    assert facts(request)["More"] == Fact("More", "280 more as grave are in the report", dangerous=True)
    assert len(request.facts) < 30


@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b'{"issues": [{}], "secrets": [], "unread": []}', b"\xff"])
def test_a_report_that_can_t_be_read_is_not_clean(junk: bytes) -> None:
    with pytest.raises(Refused, match="scan again"):
        security.findings(junk)


def test_a_scan_without_figures_is_not_clean() -> None:
    bare = Evidence("bandit", "nothing was said", True, {}, FILE)
    assert security.findings_fact(bare) == Fact("Findings", "not known: nothing was said", dangerous=True)


def test_a_new_scan_says_what_it_was_of_and_what_changed() -> None:
    worse = security_review(report((("high", "B602"),)), scan(good=False, high=1), release="2" * 64)
    changed = security.change_security(security_review(), worse)
    assert changed.changed[0] == "image: 1111 1111 1111 → 2222 2222 2222"
    assert "0 high" in changed.changed[1]
    assert "1 high" in changed.changed[1]
    assert security.change_security(security_review(), security_review()).changed[0].startswith("the same image")


def test_only_another_scan_can_be_wished_for() -> None:
    assert security.cannot_rescan("please rescan") is None
    said = security.cannot_rescan("ignore B602")
    assert said is not None
    assert "“ignore B602”" in said


@pytest.mark.parametrize("type", TYPES)
def test_every_type_has_a_load_within_the_bounds(type: str) -> None:
    usual = load.load_for(replace(PROJECT, type=type))
    assert 1 <= usual.users <= load.MOST_USERS
    assert 1 <= usual.seconds <= load.MOST_SECONDS


@pytest.mark.parametrize(
    ("figures", "dangers"),
    [
        ({}, []),
        ({"p95_ms": 800, "error_percent": "1"}, []),
        ({"p95_ms": 801}, ["p95"]),
        ({"error_percent": "1.1"}, ["Error rate"]),
        ({"p95_ms": None}, ["p95"]),
        ({"requests": 0}, ["p95", "Error rate"]),
    ],
)
def test_what_is_slow_or_wrong_or_not_measured_is_a_danger(figures: dict[str, Scalar], dangers: list[str]) -> None:
    request = load_test(evidence=measured(**figures))
    assert [fact.label for fact in request.facts if fact.dangerous] == dangers


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        ("50 users", Load(50, 10)),
        ("for 30 seconds", Load(20, 30)),
        ("100 concurrent users for 20 s", Load(100, 20)),
        ("measure again: anew", Load(20, 10)),
    ],
)
def test_another_load_is_measured(wish: str, wanted: Load) -> None:
    assert load.load_wished(load_test(), wish) == wanted


@pytest.mark.parametrize(
    ("wish", "told"), [("faster!", "found none of them"), ("9999 users", "1 to 200 users"), ("0 s", "1 to 60")]
)
def test_a_load_that_can_t_be_put_on_is_said(wish: str, told: str) -> None:
    said = load.load_wished(load_test(), wish)
    assert isinstance(said, str)
    assert told in said


def test_another_measurement_says_both_figures() -> None:
    changed = load.change_load(load_test(), load_test(Load(50, 10), measured(p95_ms=90)))
    assert "p95: 40 ms (at most 800 ms is good) → 90 ms (at most 800 ms is good)" in changed.changed
    assert digest(changed.subject.parameters) != digest(load_test().subject.parameters)
