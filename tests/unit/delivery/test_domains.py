"""What is asked about names: exact records, nothing chosen for a person, and every app that waits for a name."""

from dataclasses import replace

import pytest

from agents.delivery import domains
from agents.delivery.domains import Names
from checkpoints.core.digest import digest
from checkpoints.core.errors import Refused
from checkpoints.core.fields import fill
from checkpoints.core.model import Fact, Field, FieldSort, Request, Subject
from checkpoints.core.policy import missing_parts
from checkpoints.rules.catalogue import read_catalogue
from tests.unit.delivery.test_agents import PROJECT

NAMES = domains.names_of(PROJECT, "aiagency.app", "203.0.113.10")
ASKED = domains.ask_domain(NAMES, "digest.client.com does not resolve yet")
CALLBACK = "https://[pending-domain]/auth/pocket/callback"


def apollo_asks(callback: str) -> Request:
    """A credential whose redirect address the person fills in."""
    facts = (Fact("Steps", f"4. Callback URL: {CALLBACK}"), Fact("Steps", "1. At: https://getpocket.com/developer/"))
    fields = (Field("redirect_uri", "Redirect URI", FieldSort.TEXT, callback),)
    return Request("api-credential", "Apollo", "Need it", "", Subject("it", {"service": "pocket"}), facts, fields)


def values(request: Request, label: str) -> list[str]:
    return [fact.value for fact in request.facts if fact.label == label]


def test_the_request_brings_what_its_kind_wants() -> None:
    kind = read_catalogue()["domain"]
    assert (ASKED.kind, ASKED.agent) == ("domain", kind.asker)
    assert missing_parts(kind, tuple(fact.label for fact in ASKED.facts), ASKED.fields) == ()


def test_the_records_are_lines_to_copy_and_part_of_what_is_approved() -> None:
    lines = ["digest.client.com. 300 IN A 203.0.113.10", "www.digest.client.com. 300 IN CNAME digest.client.com."]
    assert values(ASKED, "Records") == lines
    assert ASKED.subject.parameters["records"] == "\n".join(lines)
    assert values(ASKED, "Subdomain") == ["read-later-digest.aiagency.app"]
    other = domains.ask_domain(replace(NAMES, address="203.0.113.11"), "")
    assert digest(other.subject.parameters) != digest(ASKED.subject.parameters)


def test_nobody_chooses_in_a_persons_stead() -> None:
    with pytest.raises(Refused, match="option: “Which name” is not filled"):
        fill(ASKED.fields, {})
    assert fill(ASKED.fields, {"option": "custom"}) == {"option": "custom"}


@pytest.mark.parametrize("names", [replace(NAMES, wish=""), replace(NAMES, address="")], ids=["wish", "address"])
def test_without_a_wish_or_an_address_only_our_subdomain_can_be_chosen(names: Names) -> None:
    asked = domains.ask_domain(names, "")
    assert [choice for choice, _ in asked.fields[0].choices] == ["subdomain"]
    assert values(asked, "Records")[0].startswith("none: ")


def test_another_domain_is_asked_about_when_a_person_names_one() -> None:
    names = domains.wished(ASKED, "please use App.Client.com instead of digest.client.com")
    assert names == replace(NAMES, wish="app.client.com")
    assert isinstance(names, Names)
    after = domains.changed_domain(ASKED, domains.ask_domain(names, ""))
    assert after.changed[0] == "domain: digest.client.com → app.client.com"
    assert domains.names_in(after) == names


@pytest.mark.parametrize(
    "wish",
    ["make it nicer", "digest.client.com", "a.client.com or b.client.com", "ada@client.com", f"{'a.' * 130}com", ""],
)
def test_what_names_no_single_other_domain_is_said_to_be_none(wish: str) -> None:
    assert isinstance(domains.wished(ASKED, wish), str)


def test_only_apps_whose_redirect_address_waits_for_a_name_are_updated() -> None:
    asked = apollo_asks(CALLBACK)
    found = domains.registration(asked, {})
    assert found == domains.Registration("pocket", CALLBACK, "https://getpocket.com/developer/")
    assert domains.registration(asked, {"redirect_uri": "https://digest.client.com/auth/pocket/callback"}) is None
    assert domains.registration(replace(asked, fields=()), {}) is None
    assert domains.redirect_steps([found], "digest.client.com") == (
        "pocket: open https://getpocket.com/developer/ and replace the redirect address "
        "https://[pending-domain]/auth/pocket/callback by https://digest.client.com/auth/pocket/callback",
    )


def test_a_person_is_given_the_records_one_by_one() -> None:
    steps = domains.record_steps(NAMES)
    assert steps[1] == "Add this record exactly: digest.client.com. 300 IN A 203.0.113.10"
    assert len(steps) == 4
