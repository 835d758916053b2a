"""Each type of credential, its fields and shapes, and the one question by which anybody asks for it."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoints.core.errors import Refused
from checkpoints.core.fields import secrets_of
from checkpoints.core.model import Field, FieldSort
from checkpoints.core.policy import missing_parts
from checkpoints.core.work.services.asking import Wanted, ask, asked_of, type_named, typed
from checkpoints.core.work.services.handing import Restrictions
from checkpoints.core.work.services.known import KNOWN, check_of, service_of
from checkpoints.core.work.services.shapes import LONGEST_LINES, SHAPES, check
from checkpoints.core.work.services.types import TYPES
from checkpoints.rules.catalogue import read_catalogue

STAND_IN = "http://localhost:8720/stand-in"
ACCOUNT = json.dumps({"type": "service_account", "client_email": "a@b.example", "private_key": "…k"}, indent=2)
FIELDS = [field for kind in TYPES.values() for field in kind.fields] + [
    field for known in KNOWN.values() for field in known.fields
]


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("stand_in", [STAND_IN, None])
def test_each_type_is_asked_with_what_its_kind_wants_and_says_how_it_is_checked(
    type: str, stand_in: str | None
) -> None:
    request = ask(Wanted("sample", "Sample", "Some Service", type, stand_in=stand_in))
    facts = [fact.value for fact in request.facts]
    assert (
        missing_parts(read_catalogue()["api-credential"], tuple(f.label for f in request.facts), request.fields) == ()
    )
    assert secrets_of(request.fields)
    assert type_named(request.subject.parameters) == type
    called = "call" in request.subject.parameters
    assert called is (type in ("api_key", "oauth_client") and stand_in is not None)
    assert ("nobody here knows how to check it" in facts) is not called


def test_a_call_that_checks_it_names_only_fields_that_its_type_has() -> None:
    for type, kind in TYPES.items():
        call = check_of(service_of("Some Service", type), STAND_IN)
        places = f"{dict(call.headers)}{dict(call.form)}" if call else ""
        named = {field.name for field in kind.fields if f"{{{field.name}}}" in places}
        assert bool(named) is bool(call)
    assert check_of(service_of("Pocket"), None) != check_of(service_of("Pocket", "api_key"), None)


def test_an_unknown_type_is_refused_with_the_right_ones() -> None:
    with pytest.raises(Refused, match="oauth_client, service_account"):
        ask(Wanted("sample", "Sample", "Stripe", "api-key"))


@given(
    st.lists(st.sampled_from(["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]), max_size=3, unique=True),
    st.none() | st.integers(1, 500_000),
    st.none() | st.integers(1, 10_000),
)
def test_what_is_asked_is_read_out_of_its_subject_again(
    cidrs: list[str], minutes: int | None, uses: int | None
) -> None:
    held = Restrictions(tuple(cidrs), minutes, uses)
    parameters = ask(Wanted("sample", "Sample", "Stripe", restrictions=held)).subject.parameters
    assert asked_of(parameters) == held
    assert typed(", ".join(cidrs), str(minutes or ""), str(uses or "")) == held


@pytest.mark.parametrize(
    "parameters", [{"addresses": 7}, {"addresses": "10.0.0.0/33"}, {"minutes": "30"}, {"uses": True}, {"minutes": 0}]
)
def test_restrictions_that_can_t_be_read_are_no_free_pass(parameters: dict[str, int | str]) -> None:
    with pytest.raises(Refused):
        asked_of(parameters)


@pytest.mark.parametrize("words", [("", "x", ""), ("", "-1", ""), ("", "", "1.5"), ("", "٣", ""), ("home", "", "")])
def test_what_a_giver_mistypes_is_named_by_its_field(words: tuple[str, str, str]) -> None:
    with pytest.raises(Refused, match=r"^(addresses|minutes|uses): "):
        typed(*words)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        ("service account", ACCOUNT),
        ("service account", ACCOUNT + "\n"),
        ("host", "db.example.com"),
        ("host", "[2001:db8::1]"),
        ("client id", "1234.apps.example"),
        ("password", "two words & more"),
        ("certificate", f"-----BEGIN CERTIFICATE-----\n{'QUJD' * 20}\n-----END CERTIFICATE-----\n"),
        ("private key", f"-----BEGIN PRIVATE KEY-----\n{'QUJD' * 20}\n-----END PRIVATE KEY-----"),
        ("ssh private key", f"-----BEGIN OPENSSH PRIVATE KEY-----\n{'QUJD' * 20}\n-----END OPENSSH PRIVATE KEY-----\n"),
    ],
)
def test_what_looks_right_passes(shape: str, value: str) -> None:
    check(Field("it", "It", FieldSort.TEXT, shape=shape), value)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        ("service account", "[" * 10_000),
        ("service account", '{"type": "service_account"}'),
        ("service account", ACCOUNT[:-1]),
        ("service account", "{" + '"a":' * 4_000 + "}"),
        ("private key", f"-----BEGIN PRIVATE KEY-----\n{'QUJD' * 20}"),
        ("private key", f"-----BEGIN PRIVATE KEY-----\n{'QUJD' * 20}\n-----END RSA PRIVATE KEY-----"),
        ("ssh private key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA ada@laptop"),
        ("certificate", f"-----BEGIN PRIVATE KEY-----\n{'QUJD' * 20}\n-----END PRIVATE KEY-----"),
        ("host", "https://db.example.com"),
        ("client id", "two words"),
        ("password", "short"),
    ],
)
def test_what_looks_wrong_is_questioned_and_a_person_may_be_sure(shape: str, value: str) -> None:
    field = Field("it", "It", FieldSort.TEXT, shape=shape)
    with pytest.raises(Refused, match=r"say that you are sure\.$"):
        check(field, value)
    check(field, value, sure=True)


@pytest.mark.parametrize("port", ["0", "65536", "5432.0", "x", "-1", "٣", "9" * 5_000])
def test_a_port_is_a_number_however_sure_somebody_is(port: str) -> None:
    (field,) = (field for field in TYPES["database_login"].fields if field.name == "port")
    with pytest.raises(Refused, match=r"no number from 1 to 65535|over 4000"):
        check(field, port, sure=True)
    check(field, "5432")


@settings(deadline=timedelta(seconds=1))
@given(st.sampled_from(FIELDS), st.text(max_size=200) | st.text(alphabet='-BEGIN PRVATKY\nA=/+{}":,', max_size=2_000))
def test_no_message_repeats_what_was_given(field: Field, value: str) -> None:
    try:
        check(field, value)
    except Refused as wrong:
        said = str(wrong)
        # A bit of a word of ours is no repetition; whatever is longer would be one.
        assert len(value) < 12 or value not in said
        assert all(c.isprintable() for c in said)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("piece", ["a", "-----BEGIN CERTIFICATE-----\n", "{", "sk-", "1", " \n", "AAAA\n", "a."])
def test_a_pattern_reads_its_text_once(shape: str, piece: str) -> None:
    hostile = piece * (LONGEST_LINES // len(piece))
    SHAPES[shape].fits(hostile)
    SHAPES[shape].fits("-----BEGIN CERTIFICATE-----" + hostile)
