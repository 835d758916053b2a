"""What the delivery agents read: the brief as values, the sizes of a stack, and what they cost."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TypeAlias

from checkpoints.core.model import Cost, Scalar


@dataclass(frozen=True)
class ThirdParty:
    """A service that the project calls. `have`: its key lies in the agency's vault already. `live`: no stand-in."""

    name: str
    have: bool
    live: bool = False


@dataclass(frozen=True)
class Integration:
    """A service at which the project acts in somebody's name, and the scopes that it needs."""

    name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Spend:
    """A small cost that an agent will ask for on the way, in US dollars a month."""

    what: str
    monthly: Decimal


@dataclass(frozen=True)
class Project:
    """A brief that was read and found good. Money is US dollars, a month."""

    slug: str
    name: str
    client: str
    location: str
    type: str
    does: str
    aws_services: tuple[str, ...]
    third_parties: tuple[ThirdParty, ...]
    cost_low: Decimal
    cost_high: Decimal
    budget: Decimal
    release: str
    domain: str
    optional_kinds: tuple[str, ...]
    spends: tuple[Spend, ...] = ()
    integrations: tuple[Integration, ...] = ()
    custom: str = ""
    """A template of ours that is built beside the standard stack, and why the standard stack alone won't do."""
    custom_why: str = ""
    pre_provision: bool = False
    """What every project of its type needs may be made before it is asked for."""
    compliance: tuple[str, ...] = ()
    """The regimes that it is reviewed against, as `compliance.toml` names them."""


@dataclass(frozen=True)
class Load:
    """How many users at once ask, for how many seconds."""

    users: int
    seconds: int


@dataclass(frozen=True)
class Sizes:
    """What a person chooses of the standard stack."""

    region: str
    database_size: str
    container_size: str
    web_tasks: int

    def as_parameters(self) -> dict[str, Scalar]:
        return dict(asdict(self))


PriceOf: TypeAlias = Callable[[Sizes], Cost]
"""The monthly cost of the standard stack in some sizes; `high` is None when something has no price."""
