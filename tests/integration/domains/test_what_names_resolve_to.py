"""What a name resolves to is asked of a real DNS server, and its silence is never taken for "there is none"."""

from collections.abc import Iterator

import pytest

from checkpoints.cloud import domains
from checkpoints.core.errors import Refused, Unavailable
from tests.stage.wires.name_server import NameServer, running_name_server

NAME, ADDRESS = "digest.client.com", "203.0.113.10"


@pytest.fixture
def server() -> Iterator[NameServer]:
    with running_name_server() as running:
        yield running


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "SECONDS", 0.3)


def test_a_name_that_nobody_registered_does_not_resolve_yet(server: NameServer) -> None:
    assert domains.look_up(NAME, "A", server.address) == ()
    assert domains.now(NAME, server.address) == f"{NAME} does not resolve yet"


def test_a_name_without_that_record_has_none(server: NameServer) -> None:
    server.records[f"{NAME}.", "CNAME"] = ("other.client.com.",)
    server.records["other.client.com.", "TXT"] = ('"hello"',)
    assert domains.look_up("other.client.com", "A", server.address) == ()


def test_every_address_is_said_in_one_order(server: NameServer) -> None:
    server.records[f"{NAME}.", "A"] = ("203.0.113.99", ADDRESS)
    assert domains.now(NAME, server.address) == f"{NAME} resolves to {ADDRESS}, 203.0.113.99"


def test_the_records_are_there_once_both_say_what_was_asked_for(server: NameServer) -> None:
    assert domains.missing(NAME, ADDRESS, server.address) == (
        f"{NAME} A is not there, not {ADDRESS}",
        f"www.{NAME} CNAME is not there, not {NAME}",
    )
    server.records[f"{NAME}.", "A"] = (ADDRESS,)
    server.records[f"www.{NAME}.", "CNAME"] = ("somewhere.else.com.",)
    assert domains.missing(NAME, ADDRESS, server.address) == (f"www.{NAME} CNAME is somewhere.else.com, not {NAME}",)
    server.records[f"www.{NAME}.", "CNAME"] = (f"{NAME}.",)
    assert domains.missing(NAME, ADDRESS, server.address) == ()


def test_a_second_address_is_not_what_was_asked_for(server: NameServer) -> None:
    server.records[f"{NAME}.", "A"] = (ADDRESS, "198.51.100.1")
    server.records[f"www.{NAME}.", "CNAME"] = (f"{NAME}.",)
    assert domains.missing(NAME, ADDRESS, server.address) == (f"{NAME} A is 198.51.100.1, {ADDRESS}, not {ADDRESS}",)


@pytest.mark.usefixtures("impatient")
def test_silence_is_not_taken_for_no_record(server: NameServer) -> None:
    server.answers = False
    with pytest.raises(Unavailable, match=r"No DNS server says what digest\.client\.com is"):
        domains.look_up(NAME, "A", server.address)
    assert domains.now(NAME, server.address).startswith("not known: No DNS server says")
    assert domains.missing(NAME, ADDRESS, server.address) == (
        f"{NAME} A is not known, not {ADDRESS}",
        f"www.{NAME} CNAME is not known, not {NAME}",
    )


def test_what_can_t_be_a_name_is_not_looked_up(server: NameServer) -> None:
    for wrong in ("x" * 64 + ".com", "a..b"):
        with pytest.raises(Refused, match="can't be a name"):
            domains.look_up(wrong, "A", server.address)
