"""A role that somebody is to have survives its way through an approved subject, whatever it is; what covers another."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from checkpoints.core.digest import digest
from checkpoints.core.errors import Refused
from checkpoints.core.from_outside.addresses import check_network, read_address
from checkpoints.core.model import Grant, Limits, Role
from checkpoints.core.work.membership import Membership, covers

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
LIMITS = some.builds(
    Limits,
    case=some.none() | some.sampled_from(["sample", "desk"]),
    kind=some.none() | some.sampled_from(["spend", "role"]),
    until=some.none() | some.datetimes(timezones=some.just(UTC)),
    networks=some.lists(some.sampled_from(["10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32"]), unique=True).map(tuple),
)
MEMBERSHIPS = some.builds(Membership, some.text(min_size=1), some.uuids(), some.sampled_from(Role), LIMITS)


@given(MEMBERSHIPS, some.booleans())
def test_what_was_asked_is_what_is_read_from_the_subject(asked: Membership, new: bool) -> None:
    wanted = Membership(asked.name, None if new else asked.person, asked.role, asked.limits, instead=not new)
    assert Membership.of(wanted.subject) == wanted
    assert len(digest(wanted.subject.parameters)) == 64


COVERED: list[tuple[Limits, Limits, bool]] = [
    (Limits(), Limits("sample", "spend", NOON, ("10.0.0.0/8",)), True),
    (Limits("sample"), Limits("sample", "spend"), True),
    (Limits("sample"), Limits(), False),
    (Limits("sample"), Limits("another"), False),
    (Limits(until=NOON), Limits(until=NOON), True),
    (Limits(until=NOON), Limits(until=LATER), False),
    (Limits(until=NOON), Limits(), False),
    (Limits(networks=("10.0.0.0/8",)), Limits(), False),
    (Limits(networks=("10.0.0.0/8",)), Limits(networks=("10.0.0.0/8",)), True),
]


@pytest.mark.parametrize(("held", "asked", "covered"), COVERED)
def test_a_role_covers_another_that_lets_one_do_no_more(held: Limits, asked: Limits, covered: bool) -> None:
    assert covers(Grant(UUID(int=1), Role.TO, held), Role.TO, asked) is covered
    assert not covers(Grant(UUID(int=1), Role.MANAGER, held), Role.TO, asked)


@pytest.mark.parametrize(
    "text", ["", "x", "10.0.0.1/8", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.0/8, ::/0", "1e309"]
)
def test_what_is_no_network_or_limits_nothing_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="Nothing was changed"):
        check_network(text)


def test_networks_and_addresses_are_written_in_one_way() -> None:
    assert check_network(" 192.0.2.7 ") == "192.0.2.7/32"
    assert check_network("2001:DB8::/32") == "2001:db8::/32"
    assert read_address("::ffff:10.1.2.3") == "10.1.2.3"
    assert read_address("fe80::1%eth0") == "fe80::1"
    assert read_address("10.1.2.3, 192.0.2.7") == read_address("unknown") == ""
