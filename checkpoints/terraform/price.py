"""What a plan costs a month, from `prices.toml`.

Rule: what has no price is named as unpriced, never guessed.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from checkpoints.core.errors import Refused
from checkpoints.core.model import Json
from checkpoints.core.work.stack import Action, Estimate, PlanSummary, PriceLine
from checkpoints.terraform.metering import Attributes, Meter, meters

SHIPPED = Path(__file__).with_name("prices.toml")
CENT = Decimal("0.01")
A_MONTH = range(28 * 24, 31 * 24 + 1)
UNITS = ("hour", "GB", "alarm", "million requests", "secret", "zone")
"""A unit that nobody knows would be taken for one a month."""
COSTS_NOTHING_NEW = (Action.DELETE, Action.FORGET, Action.READ)


@dataclass(frozen=True)
class Rate:
    """US dollars for one `unit`, by region."""

    unit: str
    source: str
    as_of: date
    usd: Mapping[str, Decimal]


@dataclass(frozen=True)
class Prices:
    """The price list, as read."""

    hours: Decimal
    free: frozenset[str]
    extended_support: frozenset[str]
    rates: Mapping[str, Rate]


def price(plan: PlanSummary, region: str, prices: Prices | None = None) -> Estimate:
    """US dollars a month of what the plan makes or changes.

    Raises Refused for a price list that can't be read.
    """
    return estimate(
        ((c.what, c.sort, c.planned) for c in plan.changes if c.action not in COSTS_NOTHING_NEW),
        region,
        prices or shipped(),
    )


def estimate(resources: Iterable[tuple[str, str, Attributes]], region: str, prices: Prices) -> Estimate:
    """US dollars a month for (name, type, attributes). A resource's own `region` goes before `region`."""
    lines: list[PriceLine] = []
    unpriced: list[str] = []
    for what, sort, planned in resources:
        found = meters(sort, planned)
        if found is None and sort not in prices.free:
            unpriced.append(f"{what}: no price for {sort}")
        for meter in found or ():
            line = _line(what, meter, str(planned.get("region") or region), prices)
            (lines.append(line) if isinstance(line, PriceLine) else unpriced.append(line))
        unpriced.extend(_extended_support(what, planned, prices))
    low, high = (sum((getattr(line, end) for line in lines), Decimal(0)) for end in ("low", "high"))
    return Estimate(_cents(low), _cents(high), tuple(lines), tuple(unpriced))


@cache
def shipped() -> Prices:
    """The price list that comes with the desk."""
    return load(SHIPPED.read_text(encoding="utf-8"))


def load(text: str) -> Prices:
    """Raises Refused, with what is wrong, for a list that can't be read: half a list prices nothing."""
    try:
        table = tomllib.loads(text)
        rates = {name: _rate(name, value) for name, value in table["rates"].items()}
        if table["schema"] != 1:
            raise ValueError(f"its schema is {table['schema']!r}, and only 1 is understood")
        hours = _positive("hours_a_month", str(table["hours_a_month"]))
        if hours not in A_MONTH:
            raise ValueError(f"hours_a_month is {hours}, and a month has {A_MONTH.start} to {A_MONTH.stop - 1}")
        return Prices(hours, _names(table, "free"), _names(table, "extended_support"), rates)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise Refused(f"The price list can't be read: {error}. Nothing was priced: mend prices.toml.") from error


def _line(what: str, meter: Meter, region: str, prices: Prices) -> PriceLine | str:
    rate = prices.rates.get(meter.rate)
    usd = rate.usd.get(region) if rate else None
    if rate is None or usd is None:
        return f"{what}: no price for {meter.rate} in {region[:30]}"
    if meter.quantity is None:
        return f"{what}: {meter.rate} is ${usd} per {rate.unit}, and the plan doesn't say how many"
    month = usd * (prices.hours if rate.unit == "hour" else 1) * meter.quantity
    each = f"{prices.hours} h × ${usd}" if rate.unit == "hour" else f"${usd} per {rate.unit}"
    says = f"{meter.rate}: {meter.quantity.normalize():f} × {each}"
    return PriceLine(what, says, Decimal(0) if meter.use else _cents(month), _cents(month))


def _extended_support(what: str, planned: Attributes, prices: Prices) -> Iterator[str]:
    version = planned.get("engine_version")
    major = version.partition(".")[0] if isinstance(version, str) else ""
    if planned.get("engine") == "postgres" and major in prices.extended_support:
        yield f"{what}: PostgreSQL {major} is past standard support; AWS adds Extended Support by the hour"


def _rate(name: str, value: Mapping[str, Json | date | Mapping[str, str]]) -> Rate:
    usd, as_of = value["usd"], value["as_of"]
    if not isinstance(usd, Mapping) or not isinstance(as_of, date):
        raise ValueError(f"{name} needs a table `usd` and a date `as_of`")
    if value["unit"] not in UNITS:
        raise ValueError(f"the unit of {name} is {value['unit']!r}, and the units are {', '.join(UNITS)}")
    figures = {region: _positive(f"{name} in {region}", str(figure)) for region, figure in usd.items()}
    return Rate(str(value["unit"]), str(value["source"]), as_of, figures)


def _names(table: Mapping[str, Json], key: str) -> frozenset[str]:
    names = table[key]
    if not isinstance(names, list):
        raise ValueError(f"{key} is no list of names")
    return frozenset(str(name) for name in names)


def _positive(name: str, text: str) -> Decimal:
    figure = Decimal(text)
    if not figure.is_finite() or figure <= 0:
        raise ValueError(f"{name} is {text}, and a price is a positive number")
    return figure


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
