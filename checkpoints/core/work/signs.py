"""The twelve cases in which an agent turns to a person, in four groups (the Technical Operator flow's escalations)."""

from enum import StrEnum


class Group(StrEnum):
    """What sort of trouble it is: whom it concerns, and where one looks first."""

    AUTHENTICATION = "authentication failures"
    INFRASTRUCTURE = "infrastructure issues"
    DEPLOYMENT = "deployment blocks"
    INTEGRATION = "integration problems"


class Sign(StrEnum):
    """What an error was recognised as."""

    KEY_REJECTED = "API key rejected"
    OAUTH_FLOW = "OAuth flow error"
    TOKEN_EXPIRED = "expired token"
    PROVISIONING = "provisioning failure"
    NETWORK = "network problem"
    RESOURCE_LIMIT = "resource limit"
    HEALTH_CHECK = "failed health check"
    SECURITY = "security violation"
    COST_OVERRUN = "cost overrun"
    API_CHANGE = "API change"
    RATE_LIMIT = "rate limiting"
    OUTAGE = "service outage"

    @property
    def group(self) -> Group:
        """Three cases each, in the order above."""
        return tuple(Group)[tuple(Sign).index(self) // 3]


def named(text: str | None) -> Sign | None:
    """The sign of that name, as it was kept; None for none."""
    return next((sign for sign in Sign if sign == text), None)


def of_status(status: int) -> Sign:
    """What an HTTP status says of a call that did not go as it should; 0 is no answer at all."""
    if status in (0, 408):
        return Sign.NETWORK
    if status in (401, 403):
        return Sign.KEY_REJECTED
    if status == 429:
        return Sign.RATE_LIMIT
    return Sign.OUTAGE if status >= 500 else Sign.API_CHANGE
