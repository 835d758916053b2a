"""Apollo's requests: the steps of the seed's message, what an approval names, and what is read out of a wish."""

import pytest

from agents.delivery import apollo
from agents.delivery.project import Integration, ThirdParty
from checkpoints.core.model import FieldSort, Request
from checkpoints.core.policy import missing_parts
from checkpoints.core.work.services.calls import Consent
from checkpoints.core.work.services.known import KNOWN, check_of, service_of, slug_of
from checkpoints.rules.catalogue import read_catalogue
from tests.unit.delivery.test_agents import PROJECT

SANDBOX = "http://localhost:8720"
POCKET = ThirdParty("Pocket", have=False)
CALENDAR = Integration("Calendar", ("events.read", "profile"))


def facts(request: Request, label: str) -> list[str]:
    return [fact.value for fact in request.facts if fact.label == label]


def test_the_request_says_where_to_make_it_step_by_step() -> None:
    request = apollo.ask_credential(PROJECT, POCKET, SANDBOX)
    assert facts(request, "Where to make it") == [
        "1. Create app at: https://getpocket.com/developer/",
        f"2. App name: 'Client Project - {PROJECT.name}'",
        "3. Permissions needed: Retrieve",
        "4. Callback URL: https://[pending-domain]/auth/pocket/callback",
    ]
    assert [(field.label, field.sort) for field in request.fields] == [
        ("Consumer Key", FieldSort.SECRET),
        ("Redirect URI", FieldSort.TEXT),
    ]


@pytest.mark.parametrize("name", ["Pocket", "SendGrid", "OpenAI", "Stripe", "Nobody Knows"])
@pytest.mark.parametrize("live", [False, True])
def test_every_request_brings_what_its_kind_wants(name: str, live: bool) -> None:
    request = apollo.ask_credential(PROJECT, ThirdParty(name, have=False, live=live), SANDBOX)
    kind = read_catalogue()["api-credential"]
    assert missing_parts(kind, tuple(fact.label for fact in request.facts), request.fields) == ()
    assert bool(facts(request, "Stand-in")) is not live
    assert request.subject.parameters["service"] == slug_of(name)
    assert request.subject.parameters["opens_for_deployment"] == "while the case lives"


def test_an_approval_names_the_very_call() -> None:
    sandbox = apollo.ask_credential(PROJECT, POCKET, SANDBOX).subject.parameters
    live = apollo.ask_credential(PROJECT, ThirdParty("Pocket", have=False, live=True), SANDBOX).subject.parameters
    call = check_of(KNOWN["pocket"], f"{SANDBOX}/stand-in")
    assert call is not None
    assert sandbox["call"] == call.digest != live["call"]


@pytest.mark.parametrize("service", KNOWN.values(), ids=KNOWN)
def test_a_real_service_is_called_by_tls_and_no_secret_stands_in_the_address(service: object) -> None:
    known = next(each for each in KNOWN.values() if each is service)
    call = check_of(known, None)
    assert call is not None
    assert call.url.startswith("https://")
    assert "{" not in call.url


def test_what_nobody_knows_has_a_key_and_a_stand_in() -> None:
    unknown = service_of("Some Service!")
    assert unknown.slug == "some-service"
    assert check_of(unknown, None) is None
    call = check_of(unknown, f"{SANDBOX}/stand-in")
    assert call is not None
    assert call.url == f"{SANDBOX}/stand-in/some-service/check"


@pytest.mark.parametrize(
    ("wish", "scope", "restrictions"),
    [
        ("scope: Retrieve and Add", "Retrieve and Add", None),
        ("Please set the permissions to Modify. Thanks!", "Modify", None),
        ("restrict to 10.0.0.0/8.", None, "10.0.0.0/8"),
        ("scope: Add; restrictions: our office, 192.0.2.1", "Add", "our office, 192.0.2.1"),
    ],
)
def test_a_scope_and_restrictions_are_read_out_of_a_wish(
    wish: str, scope: str | None, restrictions: str | None
) -> None:
    before = apollo.ask_credential(PROJECT, POCKET, SANDBOX)
    after = apollo.change_credential(before, wish)
    assert isinstance(after, Request)
    assert facts(after, "Scope") == [scope or "Retrieve"]
    assert facts(after, "Restrictions") == [restrictions or "no Add, no Modify"]
    assert after.subject.parameters["scope"] == (scope or "Retrieve")
    assert len(after.changed) == (scope is not None) + (restrictions is not None)


@pytest.mark.parametrize("wish", ["", "make it nicer", "scope:", "scope" + " a" * 2_000, "restrict (" * 500])
def test_what_is_no_such_wish_is_said_quickly(wish: str) -> None:
    before = apollo.ask_credential(PROJECT, POCKET, SANDBOX)
    assert isinstance(apollo.change_credential(before, wish), str)


def test_a_consent_names_where_it_is_given_and_its_scopes() -> None:
    request = apollo.ask_integration(PROJECT, CALENDAR, SANDBOX)
    kind = read_catalogue()["third-party-integration"]
    assert missing_parts(kind, tuple(fact.label for fact in request.facts), request.fields) == ()
    consent = Consent.named_by(request.subject.parameters)
    assert (consent.service, consent.scopes) == ("calendar", CALENDAR.scopes)
    assert facts(request, "Consent is given at") == [f"{SANDBOX}/stand-in/calendar/authorize"]


@pytest.mark.parametrize("wish", ["more of it", "without events", "without events.read and no profile"])
def test_a_consent_gets_smaller_or_stays(wish: str) -> None:
    assert isinstance(apollo.change_integration(apollo.ask_integration(PROJECT, CALENDAR, SANDBOX), wish), str)
