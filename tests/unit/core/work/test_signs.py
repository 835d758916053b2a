"""The twelve cases, as the Technical Operator flow lists them, and what HTTP says of them."""

import pytest

from checkpoints.core.errors import Refused
from checkpoints.core.work.signs import Group, Sign, named, of_status

LISTED = {
    Group.AUTHENTICATION: (Sign.KEY_REJECTED, Sign.OAUTH_FLOW, Sign.TOKEN_EXPIRED),
    Group.INFRASTRUCTURE: (Sign.PROVISIONING, Sign.NETWORK, Sign.RESOURCE_LIMIT),
    Group.DEPLOYMENT: (Sign.HEALTH_CHECK, Sign.SECURITY, Sign.COST_OVERRUN),
    Group.INTEGRATION: (Sign.API_CHANGE, Sign.RATE_LIMIT, Sign.OUTAGE),
}


def test_each_group_has_its_three_cases() -> None:
    found = {group: tuple(sign for sign in Sign if sign.group is group) for group in Group}
    assert found == LISTED


@pytest.mark.parametrize(
    ("status", "sign"),
    [
        (0, Sign.NETWORK),
        (400, Sign.API_CHANGE),
        (401, Sign.KEY_REJECTED),
        (403, Sign.KEY_REJECTED),
        (404, Sign.API_CHANGE),
        (408, Sign.NETWORK),
        (410, Sign.API_CHANGE),
        (429, Sign.RATE_LIMIT),
        (500, Sign.OUTAGE),
        (503, Sign.OUTAGE),
    ],
)
def test_a_status_is_a_sign(status: int, sign: Sign) -> None:
    assert of_status(status) is sign


@pytest.mark.parametrize("sign", Sign)
def test_a_sign_is_found_again_by_its_name(sign: Sign) -> None:
    assert named(str(sign)) is sign


@pytest.mark.parametrize("text", [None, "", "None", "bad weather"])
def test_what_is_no_sign_is_none(text: str | None) -> None:
    assert named(text) is None


def test_an_error_says_what_it_was_recognised_as() -> None:
    assert Refused("no room", sign=Sign.RESOURCE_LIMIT).sign is Sign.RESOURCE_LIMIT
    assert Refused("no").sign is None
