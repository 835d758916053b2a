"""The compliance review: only what was computed is ticked, what contradicts is a danger, the rest asks a person."""

from dataclasses import replace

import pytest

from agents.delivery import hephaestus
from agents.delivery.athena import compliance
from agents.delivery.athena.compliance import Known, Proof, Regime
from checkpoints.core.errors import Refused
from checkpoints.core.fields import fill
from checkpoints.core.model import Fact, Request
from checkpoints.core.policy import missing_parts
from checkpoints.core.work.release import Evidence, Release
from checkpoints.core.work.stack import Action, Change
from checkpoints.rules.catalogue import read_catalogue
from tests.unit.delivery.test_agents import PROJECT, ask_plan
from tests.unit.delivery.test_reviews import FILE, facts, scan

RELEASE = Release("1" * 64, 9, 12_345, ("pocket",))


def compliance_review(known: Known | None = None, *names: str) -> Request:
    chosen = tuple(compliance.regimes()[name] for name in names or ("GDPR",))
    found = known if known is not None else {}
    written = compliance.report(chosen, found)
    kept = Evidence(written.tool, written.says, written.good, written.figures, FILE)
    return compliance.ask_compliance(PROJECT, "1" * 64, chosen, found, kept)


def test_a_review_brings_what_its_kind_wants_and_names_report_and_image() -> None:
    request, of = compliance_review(), read_catalogue()["compliance-review"]
    assert (request.kind, request.agent) == (of.name, of.asker)
    assert missing_parts(of, tuple(facts(request)), request.fields) == ()
    assert request.subject.parameters["report"] == FILE.sha256
    assert request.subject.parameters["regimes"] == "GDPR"


DATABASE = Change(
    "terraform_data.database", "terraform_data", "database", Action.CREATE, "aws_rds_instance.postgres",
    {"storage_encrypted": True, "publicly_accessible": False},
)  # fmt: skip
LOGS = Change(
    "terraform_data.logs", "terraform_data", "logs", Action.CREATE, "aws_cloudwatch_log_group.app",
    {"retention_in_days": 30},
)  # fmt: skip


def known(*changes: Change, region: str = "eu-west-1", release: Release = RELEASE, backup: str = "") -> Known:
    plan = ("read-later-digest/5", ask_plan(*(changes or (DATABASE, LOGS))).facts)
    return compliance.known(plan, region, release, scan(), backup, apis=2)


@pytest.mark.parametrize("regime", compliance.regimes().values(), ids=list(compliance.regimes()))
def test_each_item_of_a_checklist_says_where_it_is_from_and_names_only_what_we_compute(regime: Regime) -> None:
    computed = {*known(), "backup", "no_third_party", "place_in_the_eu"}
    assert len(regime.items) >= 8
    assert all(item.name and item.source and item.looked_at for item in regime.items)
    assert {item.evidence for item in regime.items if item.evidence} <= computed


def test_a_plan_s_card_shows_how_its_database_and_its_logs_are_kept() -> None:
    shown = facts(ask_plan(DATABASE, LOGS))
    assert shown[compliance.ENCRYPTED] == Fact(compliance.ENCRYPTED, "aws_rds_instance.postgres: yes")
    open_to_all = replace(DATABASE, planned={"storage_encrypted": False, "publicly_accessible": True})
    worse = facts(ask_plan(open_to_all, replace(LOGS, planned={"name": "x"})))
    assert all(worse[label].dangerous for label in (compliance.ENCRYPTED, compliance.PRIVATE, compliance.LOGS))
    assert ask_plan().agent == hephaestus.AGENT


def test_what_was_computed_is_ticked_and_the_rest_asks_for_evidence() -> None:
    request = compliance_review(known())
    shown = facts(request)
    at_rest = shown["GDPR, Encryption at rest (Art. 32(1)(a))"].value
    assert at_rest == "✓ read-later-digest/5: aws_rds_instance.postgres: yes"
    assert shown["GDPR, Encryption in transit (Art. 32(1)(a))"].value.startswith("confirm: the certificate")
    assert shown["GDPR, Processors (Art. 28)"].value.startswith("confirm: ")
    assert "3 items" in request.fields[0].label
    with pytest.raises(Refused, match="evidence"):
        fill(request.fields, {})


def test_what_contradicts_an_item_is_a_danger() -> None:
    request = compliance_review(known(replace(DATABASE, planned={"storage_encrypted": False}), LOGS))
    dangers = [fact for fact in request.facts if fact.dangerous]
    assert [fact.value[0] for fact in dangers] == ["✗", "✗"]
    assert "2 contradicted" in facts(request)["Report"].value


def test_nothing_is_ticked_where_nothing_is_known() -> None:
    request = compliance_review({}, "GDPR", "HIPAA")
    assert not any("✓" in fact.value for fact in request.facts)
    assert [fact.value[:5] for fact in request.facts if fact.label == "Regime"] == ["GDPR:", "HIPAA"]


@pytest.mark.parametrize(
    ("region", "inside"), [("eu-west-1", True), ("eu-central-1", True), ("eu-west-2", False), ("us-east-1", False)]
)
def test_london_and_zurich_are_not_in_the_eu(region: str, inside: bool) -> None:
    assert ("place_in_the_eu" in known(region=region)) is inside


def test_a_backup_counts_once_data_is_taken_over() -> None:
    taking = replace(RELEASE, imports=(("rows.sql", "b" * 64),))
    assert known()["backup"].good
    assert "backup" not in known(release=taking)
    assert known(release=taking, backup="made, says x/9")["backup"] == Proof("made, says x/9", True)


def test_a_secret_in_the_image_contradicts_and_an_unmeasured_one_settles_nothing() -> None:
    found = compliance.known(None, "", RELEASE, scan(good=False, secrets=2), "", 0)
    assert found["secrets"].good is False
    bare = Evidence("bandit", "", True, {}, FILE)
    assert compliance.known(None, "", RELEASE, bare, "", 0)["secrets"].good is None


def test_a_regime_can_be_added_by_a_wish_and_none_is_ever_dropped() -> None:
    request = compliance_review(known())
    wished = compliance.regimes_wished(request, "check HIPAA as well")
    assert not isinstance(wished, str)
    assert [regime.name for regime in wished] == ["GDPR", "HIPAA"]
    again = compliance.regimes_wished(request, "look again")
    assert not isinstance(again, str)
    assert [regime.name for regime in again] == ["GDPR"]
    said = compliance.regimes_wished(request, "forget GDPR")
    assert isinstance(said, str)
    assert "“forget GDPR”" in said


def test_another_look_says_which_items_changed() -> None:
    changed = compliance.change_compliance(compliance_review({}), compliance_review(known()))
    assert any(line.startswith("GDPR, Encryption at rest") for line in changed.changed)
    same = compliance.change_compliance(compliance_review(), compliance_review())
    assert same.changed == ("I looked again: everything is as it was",)


def test_the_written_report_holds_every_item() -> None:
    regime = compliance.regimes()["HIPAA"]
    written = compliance.report((regime,), known()).content.decode()
    assert all(f"- {item.name} ({item.source}): " in written for item in regime.items)


def test_where_a_brief_names_no_regime_the_usual_one_is_reviewed() -> None:
    assert [regime.name for regime in compliance.regimes_for(PROJECT)] == ["GDPR"]
    both = compliance.regimes_for(replace(PROJECT, compliance=("GDPR", "HIPAA")))
    assert [regime.name for regime in both] == ["GDPR", "HIPAA"]
