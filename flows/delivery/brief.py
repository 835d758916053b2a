"""Reads BRIEF.toml: what a project starts with. A bad brief is refused with the field, the line and what is right."""

import re
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from agents.delivery.athena.compliance import regimes
from agents.delivery.defaults import TYPES, services_for
from agents.delivery.project import Integration, Project, Spend, ThirdParty
from checkpoints import toml
from checkpoints.core.errors import Unread
from checkpoints.core.model import Json
from checkpoints.core.work.plan import NewCase
from checkpoints.core.work.services.known import slug_of
from checkpoints.rules.catalogue import read_catalogue
from flows.delivery.planning import plan

MOST_DOLLARS = Decimal(1_000_000)
SORT = "delivery"


def _plain(text: str) -> str:
    text = text.strip()
    if not text or not all(c.isprintable() or c == "\n" for c in text):
        raise ValueError("must be plain text, not empty")
    return text


def _money(amount: Decimal) -> Decimal:
    if not amount.is_finite() or amount < 0:
        raise ValueError("must be dollars a month from 0 up, such as 60 or 47.50")
    exponent = amount.as_tuple().exponent
    if amount > MOST_DOLLARS or (isinstance(exponent, int) and exponent < -2):
        raise ValueError(f"must be at most {MOST_DOLLARS:,} dollars, with at most two decimals")
    return amount


def _type(text: str) -> str:
    if text not in TYPES:
        raise ValueError(f"is not a project type; right would be one of {', '.join(TYPES)}")
    return text


def _kind(text: str) -> str:
    optional = [name for name, kind in read_catalogue().items() if kind.optional]
    if text not in optional:
        raise ValueError(f"is not an optional kind; right would be one of {', '.join(optional)}")
    return text


def _regime(text: str) -> str:
    if text not in regimes():
        raise ValueError(f"is not a regime; right would be one of {', '.join(regimes())}")
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
Text = Annotated[str, Field(max_length=4000), AfterValidator(_plain)]
Money = Annotated[Decimal, AfterValidator(_money)]
Domain = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$", max_length=253)]
Folder = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$", max_length=200)]

Scope = Annotated[str, Field(pattern=r"^[!#-\[\]-~]{1,100}$")]
"""A scope-token of RFC 6749, section 3.3."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _ClientText(_Strict):
    name: Line
    location: Line


class _Api(_Strict):
    name: Line
    key: Literal["needed", "in the vault"]
    live: bool = False


class _Integration(_Strict):
    name: Line
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=30)]


class _Cost(_Strict):
    low: Money
    high: Money
    budget: Money

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.high < self.low:
            raise ValueError("high must not be less than low")
        return self


class _Spend(_Strict):
    what: Line
    monthly: Money


class _Custom(_Strict):
    template: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
    why: Text


class _BriefText(_Strict):
    name: Annotated[Line, Field(max_length=60)]
    type: Annotated[Line, AfterValidator(_type)]
    does: Text
    aws_services: Annotated[tuple[Line, ...], Field(max_length=40)] = ()
    release: Folder
    domain: Domain | Literal[""] = ""
    optional_kinds: Annotated[tuple[Annotated[str, AfterValidator(_kind)], ...], Field(max_length=20)] = ()
    compliance: Annotated[tuple[Annotated[str, AfterValidator(_regime)], ...], Field(max_length=10)] = ()
    pre_provision: bool = False
    custom: _Custom | None = None
    client: _ClientText
    monthly_cost: _Cost
    api: Annotated[tuple[_Api, ...], Field(max_length=40)] = ()
    integration: Annotated[tuple[_Integration, ...], Field(max_length=20)] = ()
    spend: Annotated[tuple[_Spend, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """What an optional kind needs to be asked, and whom two names would mean."""
        wants = {"third-party-integration": self.integration, "custom-infrastructure": self.custom}
        for kind, given in wants.items():
            if kind in self.optional_kinds and not given:
                raise ValueError(f"optional_kinds names {kind}, and nothing says which: see the sample brief")
        for sort, named in (("api", self.api), ("integration", self.integration)):
            slugs = [slug_of(entry.name) for entry in named]
            if len(set(slugs)) < len(slugs) or "" in slugs:
                raise ValueError(f"two of [[{sort}]] have the same name, or one has none that can be written short")
        return self


def read(document: bytes, name: str = "the brief") -> NewCase:
    """The case that the brief starts. Raises Unread with every mistake: line, field, what is right."""
    text = toml.read(document, _BriefText, name)
    slug = slugged(text.name)
    if slug is None:
        line = f"line {toml.line_of(document.decode(), ('name',))}"
        wants = "must begin with a letter and have 2 to 31 letters, digits and spaces, for it names everything"
        raise Unread(f"{name}, {line}, name: {wants}. Nothing was stored.", f"{line}: {wants}")
    brief: dict[str, Json] = text.model_dump(mode="json")
    items = plan(project(slug, brief), read_catalogue())
    return NewCase(slug, SORT, text.name, text.client.name, text.monthly_cost.budget, brief, items)


def slugged(name: str) -> str | None:
    """The short name: small letters, digits, hyphens, 2 to 31 of them, a letter first; None when there is none."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    return slug if re.fullmatch(r"[a-z][a-z0-9-]{1,30}", slug) else None


def project(slug: str, brief: object) -> Project:
    """The project that the agents read, from a case's stored brief. Raises ValidationError for a damaged one."""
    text = _BriefText.model_validate(brief)
    return Project(
        slug=slug,
        name=text.name,
        client=text.client.name,
        location=text.client.location,
        type=text.type,
        does=text.does,
        aws_services=text.aws_services or services_for(text.type),
        third_parties=tuple(ThirdParty(api.name, api.key == "in the vault", api.live) for api in text.api),
        cost_low=text.monthly_cost.low,
        cost_high=text.monthly_cost.high,
        budget=text.monthly_cost.budget,
        release=text.release,
        domain=text.domain,
        optional_kinds=text.optional_kinds,
        integrations=tuple(Integration(wanted.name, wanted.scopes) for wanted in text.integration),
        custom=text.custom.template if text.custom else "",
        custom_why=text.custom.why if text.custom else "",
        pre_provision=text.pre_provision,
        compliance=text.compliance,
        spends=tuple(Spend(spend.what, spend.monthly) for spend in text.spend),
    )
