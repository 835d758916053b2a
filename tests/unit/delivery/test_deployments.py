"""What Hephaestus asks before a release is served: facts of real runs, the image by its digest, wishes met or not."""

from dataclasses import replace
from decimal import Decimal

import pytest

from agents.delivery import deployments
from checkpoints.core.digest import digest
from checkpoints.core.model import Attachment, Cost, Fact, Request, Risk, Scalar
from checkpoints.core.policy import missing_parts, policy
from checkpoints.core.work.release import Deployed, Environment, Evidence, Release
from checkpoints.rules.catalogue import read_catalogue, read_matrix
from tests.unit.delivery.test_agents import PROJECT

KINDS, MATRIX = read_catalogue(), read_matrix()
ONE = Release("1" * 64, 9, 12_345, ("pocket", "sendgrid"), (("001_articles.sql", "a" * 64),), (("rows.sql", "b" * 64),))
TWO = replace(ONE, digest="2" * 64, files=10)
FILE = Attachment("tests.txt", "f" * 64, "text/plain", 100)
COST = Cost(Decimal("9.01"), Decimal("12.66"))


def evidence(says: str = "it ran", good: bool = True, **figures: Scalar) -> Evidence:
    return Evidence("a tool", says, good, figures, FILE)


GREEN = evidence(ran=12, failed=0)
RED = evidence(good=False, ran=12, failed=2, failing="test_a, test_b")


def served(release: Release, before: str | None = None, where: Environment = Environment.STAGING) -> Deployed:
    return Deployed(where, release.digest, f"http://localhost:8720/{PROJECT.slug}/{where}/", before)


def staging(release: Release = ONE, tests: Evidence = GREEN, now: Deployed | None = None, anew: str = "") -> Request:
    return deployments.ask_staging(PROJECT, release, tests, now, COST, anew)


SHOWN = tuple(Fact(label, "good") for label in ("Tests", "Scan", "Staging", "Migrations"))


def production(before: Release | None = None) -> Request:
    return deployments.ask_production(PROJECT, ONE, None, SHOWN, before)


def value(request: Request, label: str) -> str:
    return next(fact.value for fact in request.facts if fact.label == label)


ASKED = {
    "staging": staging(),
    "production": production(),
    "rollback": deployments.ask_rollback(PROJECT, ONE, served(TWO, ONE.digest), SHOWN, TWO),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_request_brings_what_its_kind_wants(name: str) -> None:
    request = ASKED[name]
    kind = KINDS[request.kind]
    assert kind.asker == request.agent
    assert missing_parts(kind, tuple(fact.label for fact in request.facts), request.fields) == ()


def test_an_approval_names_image_and_place_and_what_is_served_there_now() -> None:
    assert staging().subject.parameters == {
        "release": ONE.digest, "files": 9, "size": 12_345, "environment": "staging", "project": PROJECT.slug,
        "instead_of": None,
    }  # fmt: skip
    told = [
        digest(staging(release, now=now).subject.parameters) for release in (ONE, TWO) for now in (None, served(ONE))
    ]
    assert len(set(told)) == 4


def test_a_staging_deployment_whose_tests_pass_may_be_passed_by_the_rule() -> None:
    request = staging()
    assert value(request, "Tests") == "12/12 passing"
    assert value(request, "Image") == "1111 1111 1111 (9 files, 12,345 bytes)"
    assert policy(KINDS[request.kind], request.risks, request.reversible, request.cost, MATRIX).by_rule


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        (RED, "10/12 passing; failing: test_a, test_b"),
        (evidence("nothing found", good=False, ran=0, failed=0), "none ran: nothing found"),
        (evidence("it says nothing"), "none ran: it says nothing"),
        (evidence(good=False, ran=12, failed=0), "12/12 passing"),
    ],
)
def test_tests_that_fail_or_did_not_run_are_a_danger_that_no_rule_passes(tests: Evidence, told: str) -> None:
    request = staging(tests=tests)
    assert Fact("Tests", told, dangerous=True) in request.facts
    assert request.risks == (Risk.FAILURE,)
    assert not policy(KINDS[request.kind], request.risks, request.reversible, request.cost, MATRIX).by_rule


def test_what_is_asked_anew_after_a_failed_try_goes_to_a_person_and_says_why() -> None:
    request = staging(anew="it never got healthy")
    assert request.facts[0] == Fact("Asked anew", "it never got healthy", dangerous=True)
    assert not policy(KINDS[request.kind], request.risks, request.reversible, request.cost, MATRIX).by_rule


def test_secrets_are_named_by_their_services_only() -> None:
    assert "pocket, sendgrid" in value(staging(), "Secrets")
    assert value(staging(replace(ONE, secrets=())), "Secrets") == "none are handed to it"


def test_where_says_what_is_served_there_now() -> None:
    assert value(staging(), "Where") == "staging: nothing is served there yet"
    assert "where 2222 2222 2222 is served now" in value(staging(now=served(TWO)), "Where")


@pytest.mark.parametrize("wish", ["rebuild it", "please build it again", "Re-build", "anew"])
def test_a_rebuild_is_understood(wish: str) -> None:
    assert deployments.cannot_rebuild(wish) is None


@pytest.mark.parametrize("wish", ["paint it blue", "", "deploy to production instead"])
def test_no_other_wish_changes_an_image(wish: str) -> None:
    said = deployments.cannot_rebuild(wish)
    assert said is not None
    assert f"“{wish}”" in said


def test_a_new_image_is_asked_about_with_what_differs() -> None:
    after = deployments.rebuilt(staging(tests=RED), staging(TWO))
    assert isinstance(after, Request)
    assert after.changed == (
        "Image: 1111 1111 1111 (9 files, 12,345 bytes) → 2222 2222 2222 (10 files, 12,345 bytes)",
        "Tests: 10/12 passing; failing: test_a, test_b → 12/12 passing",
    )


def test_the_same_image_again_is_no_change() -> None:
    said = deployments.rebuilt(staging(), staging())
    assert isinstance(said, str)
    assert "the same image, 1111 1111 1111" in said


def test_production_needs_a_second_factor_and_says_how_to_go_back() -> None:
    first, next_one = production(), production(TWO)
    assert first.risks == next_one.risks == (Risk.PRODUCTION,)
    assert (first.reversible, next_one.reversible) == (False, True)
    assert "there is none to go back to" in value(first, "Rollback")
    assert value(next_one, "Rollback").startswith("back to 2222 2222 2222, kept whole")
    assert policy(KINDS[first.kind], first.risks, first.reversible, first.cost, MATRIX).step_up


def test_a_rollback_asks_for_the_image_before_instead_of_the_one_now() -> None:
    request = ASKED["rollback"]
    assert request.action == "Roll production back"
    assert request.subject.parameters["release"] == ONE.digest
    assert request.subject.parameters["instead_of"] == TWO.digest
    assert value(request, "Rollback").startswith("back to 2222 2222 2222")


@pytest.mark.parametrize("wish", ["look again", "please verify staging", "check it anew"])
def test_production_can_be_looked_at_again(wish: str) -> None:
    assert deployments.cannot_look(wish) is None


def test_another_image_for_production_is_a_request_of_its_own() -> None:
    said = deployments.cannot_look("take the image of yesterday")
    assert said is not None
    assert "Another image goes to staging first" in said


def test_a_second_look_says_what_changed_or_that_nothing_did() -> None:
    worse = replace(production(), facts=(*production().facts[:-1], Fact("Where", "elsewhere")))
    assert deployments.looked_again(production(), worse).changed == (
        "Where: production: nothing is served there yet → elsewhere",
    )
    assert deployments.looked_again(production(), production()).changed == ("I looked again: everything is as it was",)


PROBE = evidence("12 requests", requests=12, error_percent="0")


@pytest.mark.parametrize(
    ("now", "probe", "told", "dangerous"),
    [
        (served(ONE), PROBE, "verified now: http://localhost:8720/", False),
        (None, None, "nothing is served there", True),
        (served(TWO), None, "serves another image, 2222 2222 2222", True),
        (served(ONE), None, "it was not asked", True),
        (served(ONE), evidence("all failed", requests=12, error_percent="100"), "(all failed)", True),
        (served(ONE), evidence("none came", requests=0, error_percent="0"), "(none came)", True),
        (served(ONE), evidence("who knows"), "(who knows)", True),
    ],
)
def test_staging_is_verified_only_where_this_very_image_answers(
    now: Deployed | None, probe: Evidence | None, told: str, dangerous: bool
) -> None:
    fact = deployments.staging_fact(ONE.digest, now, probe)
    assert told in fact.value
    assert fact.dangerous is dangerous


def test_migrations_are_told_by_the_digest_of_what_ran() -> None:
    done = deployments.migrations_fact(ONE, {"a" * 64, "b" * 64}, planned=True)
    assert (done.value, done.dangerous) == ("001_articles.sql ran; rows.sql ran", False)
    left = deployments.migrations_fact(ONE, {"b" * 64}, planned=True)
    assert (left.value, left.dangerous) == ("001_articles.sql did NOT run; rows.sql ran", True)
    no_data = deployments.migrations_fact(ONE, {"a" * 64}, planned=True)
    assert "rows.sql, which brings data in, did not run" in no_data.value
    assert not no_data.dangerous
    unplanned = deployments.migrations_fact(ONE, set(), planned=False)
    assert (unplanned.value, unplanned.dangerous) == (
        "none in this project's plan; the release brings 2 scripts",
        False,
    )
    none = deployments.migrations_fact(replace(ONE, migrations=(), imports=()), set(), planned=True)
    assert not none.dangerous


def test_a_report_is_attached_once() -> None:
    assert deployments.with_files(staging(), (FILE, FILE)).attachments == (FILE,)
