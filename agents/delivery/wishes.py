"""Reads what a person wants changed, by rules: a region, a size, a number of tasks, a lower cost. No guess."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from agents.delivery.defaults import CONTAINERS, DATABASES, MOST_WEB_TASKS, REGIONS, region_for
from agents.delivery.project import PriceOf, Sizes

UNDER = re.compile(r"(?:under|below|at most|less than|max(?:imum)?|<)\s*(?:usd\s*)?\$?\s*(\d{1,6}(?:\.\d{1,2})?)", re.I)
TASKS = re.compile(r"\b(\d{1,2})\s+(?:web\s+)?(?:tasks?|containers?|instances?)\b", re.I)
CHEAPER = re.compile(r"\b(cheaper|less expensive|lower (?:the )?costs?|too expensive)\b", re.I)
SMALLER = re.compile(r"\b(smaller|downsize)\b", re.I)
BIGGER = re.compile(r"\b(bigger|larger|upsize)\b", re.I)
PLACE = re.compile(r"\b(?:in|to|region)\s+([a-z][a-z ]{2,30})", re.I)


@dataclass(frozen=True)
class Wish:
    """What was understood. `at_most` is US dollars a month."""

    sizes: Sizes
    at_most: Decimal | None
    understood: bool


def read(words: str, sizes: Sizes) -> Wish:
    """The sizes as wished; `understood` is False when nothing in the words is one of our rules."""
    wished = replace(
        sizes,
        region=_named(words, REGIONS) or _place(words) or sizes.region,
        database_size=_named(words, DATABASES) or _step(words, "database", DATABASES, sizes.database_size),
        container_size=_step(words, "container", CONTAINERS, sizes.container_size),
        web_tasks=_tasks(words, sizes.web_tasks),
    )
    under = UNDER.search(words)
    at_most = Decimal(under[1]) if under else None
    if CHEAPER.search(words) and wished == sizes and at_most is None:
        wished = one_cheaper(sizes) or sizes
    return Wish(wished, at_most, wished != sizes or at_most is not None)


def fit(sizes: Sizes, at_most: Decimal, price_of: PriceOf) -> Sizes | None:
    """The first of the ever cheaper sizes whose upper cost is at most this, None when none is."""
    tried: Sizes | None = sizes
    while tried is not None:
        high = price_of(tried).high
        if high is not None and high <= at_most:
            return tried
        tried = one_cheaper(tried)
    return None


def one_cheaper(sizes: Sizes) -> Sizes | None:
    """One step down: the database first, then the containers, then the tasks; None at the bottom."""
    if smaller := _next(DATABASES, sizes.database_size, -1):
        return replace(sizes, database_size=smaller)
    if smaller := _next(CONTAINERS, sizes.container_size, -1):
        return replace(sizes, container_size=smaller)
    return replace(sizes, web_tasks=sizes.web_tasks - 1) if sizes.web_tasks > 1 else None


def differences(before: Sizes, after: Sizes) -> tuple[str, ...]:
    """What differs, in words."""
    was, now = before.as_parameters(), after.as_parameters()
    return tuple(f"{name.replace('_', ' ')}: {was[name]} → {now[name]}" for name in was if was[name] != now[name])


def _named(words: str, known: Mapping[str, str]) -> str | None:
    found = [name for name in known if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", words, re.I)]
    return found[0] if len(found) == 1 else None


def _place(words: str) -> str | None:
    named = _named(words, dict.fromkeys(REGIONS.values(), ""))
    if named:
        return next(region for region, city in REGIONS.items() if city == named)
    place = PLACE.search(words)
    region = region_for(place[1]) if place else None
    return region if region != "us-east-1" else None


def _step(words: str, thing: str, known: Mapping[str, str], present: str) -> str:
    others = {"database": "container", "container": "database"}
    if others[thing] in words.casefold() and thing not in words.casefold():
        return present
    if SMALLER.search(words):
        return _next(known, present, -1) or present
    if BIGGER.search(words):
        return _next(known, present, +1) or present
    return present


def _tasks(words: str, present: int) -> int:
    found = TASKS.search(words)
    return int(found[1]) if found and 1 <= int(found[1]) <= MOST_WEB_TASKS else present


def _next(known: Mapping[str, str], present: str, by: int) -> str | None:
    order: Sequence[str] = list(known)
    place = order.index(present) + by
    return order[place] if 0 <= place < len(order) else None
