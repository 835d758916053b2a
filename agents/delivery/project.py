"""What the delivery agents read: the brief as values, the sizes of a stack, and what they cost."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TypeAlias

from checkpoints.core.model import Cost, Scalar


@dataclass(frozen=True)
class ThirdParty:
    """A service that the project calls. `have`: its key lies in the agency's vault already."""

    name: str
    have: bool


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
