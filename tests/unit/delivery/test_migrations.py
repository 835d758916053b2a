"""What is asked about scripts: each named by its digest, what it takes away first, and nothing in them is changed."""

from dataclasses import replace

import pytest

from agents.delivery import migrations
from agents.delivery.migrations import Script
from checkpoints.core.digest import digest
from checkpoints.core.model import Attachment, Request, Risk, Scalar
from checkpoints.core.policy import missing_parts
from checkpoints.core.work.release import Environment, Release, Report
from checkpoints.rules.catalogue import read_catalogue
from tests.unit.delivery.test_agents import PROJECT

FILE = Attachment("001_articles.sql", "c" * 64, "application/sql", 120)
ADDS = Script("001_articles.sql", "a" * 64, ("articles: made new",), (), "drop table articles", FILE)
DROPS = Script("002_tidy.sql", "b" * 64, ("articles: ACCESS EXCLUSIVE",), ("drop column title",), "", FILE)
RELEASE = Release("d" * 64, 9, 4000)
BOTH = (Environment.STAGING, Environment.PRODUCTION)


def report(**rows: tuple[int, int]) -> Report:
    figures: dict[str, Scalar] = {}
    for table, (before, after) in rows.items():
        figures |= {f"rows {table} before": before, f"rows {table} after": after}
    return Report("sqlite", "done", True, "report.json", "application/json", b"{}", figures)


def ask(*scripts: Script) -> Request:
    return migrations.ask_database(PROJECT, RELEASE, scripts, BOTH)


def ask_data(*tried: Report) -> Request:
    return migrations.ask_data(PROJECT, RELEASE, (ADDS,), BOTH[1:], tried)


def values(request: Request, label: str) -> list[str]:
    return [fact.value for fact in request.facts if fact.label == label]


@pytest.mark.parametrize("request_", [ask(ADDS), ask(), ask_data(report(articles=(0, 3))), ask_data()])
def test_a_request_brings_what_its_kind_wants(request_: Request) -> None:
    kind = read_catalogue()[request_.kind]
    if request_.attachments:
        assert missing_parts(kind, tuple(fact.label for fact in request_.facts), request_.fields) == ()
    assert request_.agent == kind.asker


def test_an_approval_names_every_script_their_order_and_where_they_run() -> None:
    named = ask(ADDS, DROPS).subject.parameters
    assert (named["script 001_articles.sql"], named["script 002_tidy.sql"]) == ("a" * 64, "b" * 64)
    assert (named["order"], named["where"]) == ("001_articles.sql, 002_tidy.sql", "staging, then production")
    assert digest(ask(DROPS, ADDS).subject.parameters) != digest(named)
    assert digest(ask(replace(ADDS, digest="e" * 64), DROPS).subject.parameters) != digest(named)


def test_what_a_script_takes_away_is_a_danger_said_first() -> None:
    asked = ask(ADDS, DROPS)
    assert asked.facts[0].dangerous
    assert asked.facts[0].value == "002_tidy.sql: drop column title"
    assert (asked.risks, asked.reversible) == ((Risk.DELETES, Risk.PRODUCTION), False)
    assert "002_tidy.sql: only by the backup" in values(asked, "Reversible")


def test_a_script_with_a_way_back_says_which_and_touches_production_all_the_same() -> None:
    asked = ask(ADDS)
    assert values(asked, "Reversible") == ["001_articles.sql: drop table articles"]
    assert (asked.risks, asked.reversible) == ((Risk.PRODUCTION,), True)
    assert asked.attachments == (FILE,)


def test_the_trials_counts_are_shown_and_part_of_what_is_approved() -> None:
    asked = ask_data(report(articles=(0, 120), readers=(2, 2)), report(articles=(120, 121)))
    assert values(asked, "Counts") == [
        "articles: 0 rows before, 120 after",
        "articles: 120 rows before, 121 after",
    ]
    assert asked.subject.parameters["rows articles"] == "+121"
    assert "rows readers" not in asked.subject.parameters


def test_a_run_that_adds_other_numbers_than_its_trial_is_told() -> None:
    approved = ask_data(report(articles=(0, 120), readers=(5, 3))).subject.parameters
    assert migrations.differences(approved, [report(articles=(7, 127), readers=(5, 3))]) == ()
    assert migrations.differences(approved, [report(articles=(0, 119), tags=(0, 1))]) == (
        "articles: +119 rows, +120 in the trial",
        "readers: +0 rows, -2 in the trial",
        "tags: +1 rows, +0 in the trial",
    )


def test_nobody_writes_in_a_script_but_its_folder_is_read_anew_when_asked() -> None:
    assert migrations.change("make the index concurrently") == (f"{migrations.CANNOT}: “make the index concurrently”.")
    assert migrations.change("I changed it, read it again") is None
    after = migrations.changed(ask(ADDS), ask(replace(ADDS, digest="e" * 64), DROPS))
    assert after.changed == (
        "script 001_articles.sql: aaaa aaaa aaaa → eeee eeee eeee",
        "script 002_tidy.sql: none → bbbb bbbb bbbb",
    )
    assert "nothing in the scripts has changed" in migrations.changed(ask(ADDS), ask(ADDS)).changed[0]


def test_why_an_approval_came_to_nothing_is_said_first() -> None:
    asked = migrations.ask_database(PROJECT, RELEASE, (ADDS,), BOTH, "the release was changed")
    assert (asked.facts[0].label, asked.facts[0].value) == ("Asked anew", "the release was changed")
