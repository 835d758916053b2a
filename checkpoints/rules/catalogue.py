"""Reads catalogue.toml and matrix.toml into the core's values; a mistake stops the start and names its line."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from checkpoints import toml
from checkpoints.core.errors import Refused
from checkpoints.core.model import Priority, Role
from checkpoints.core.policy import Band, IfRefused, Kind, Matrix, StepUp

HERE = Path(__file__).parent
GIVEN = frozenset({"api-credential", "third-party-integration"})
"""Kinds that are approved by giving a secret."""
DECIDED_BY_PEOPLE = GIVEN | {
    "project-approval", "infrastructure-selection", "terraform-plan", "custom-infrastructure", "database-migration",
    "data-migration", "production-deployment", "role", "rule", "pre-approval", "review", "reconcile", "escalation",
    "rotation",
}  # fmt: skip
"""Kinds that no file may hand to a rule: the flow's always-required ones, what hands over a secret, deletes or reaches
production, and what changes who may decide."""
MOST_PEOPLE = 9


def _in_order(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    if list(roles) != sorted(roles, key=list(Role).index):
        raise ValueError(f"in the order in which they approve: {', '.join(Role)}")
    return roles


# Strict: what isn't plainly true, or plainly a number, must not come to mean one.
Flag = Annotated[bool, Field(strict=True)]
Days = Annotated[int, Field(strict=True, ge=1, le=365)]
Hours = Annotated[int, Field(strict=True, ge=1, le=24 * 365)]
Roles = Annotated[tuple[Role, ...], Field(max_length=MOST_PEOPLE), AfterValidator(_in_order)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Defaults(_Strict):
    priority: Priority
    fields: tuple[str, ...]
    floor: Roles
    by_rule: Flag
    step_up: StepUp
    requires: tuple[str, ...]
    blocks: tuple[str, ...]
    optional: Flag
    expires_after_days: Days
    permit_lasts_hours: Hours


class _KindText(_Strict):
    title: str
    phase: Literal["initialisation", "development", "deployment", "post-deployment", "any", "desk"]
    asker: str
    facts: tuple[str, ...]
    if_refused: IfRefused
    checks: Annotated[tuple[str, ...], Field(min_length=1)]
    priority: Priority | None = None
    fields: tuple[str, ...] | None = None
    floor: Roles | None = None
    by_rule: Flag | None = None
    step_up: StepUp | None = None
    requires: tuple[str, ...] | None = None
    blocks: tuple[str, ...] | None = None
    optional: Flag | None = None
    expires_after_days: Days | None = None
    permit_lasts_hours: Hours | None = None


class _CatalogueText(_Strict):
    defaults: _Defaults
    kind: dict[str, _KindText]


def _dollars(value: Decimal) -> Decimal:
    if not value.is_finite() or value < 0:
        raise ValueError("a bound is a number of dollars from 0 up")
    return value


Dollars = Annotated[Decimal, AfterValidator(_dollars)]


class _BandText(_Strict):
    name: str
    below: Dollars | None = None
    up_to: Dollars | None = None
    roles: Roles
    review: Literal["monthly", "bi-weekly", "weekly", "daily"]
    step_up: Flag = False


class _MatrixText(_Strict):
    currency: Literal["USD"]
    window_days: Days
    adopted_by: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    band: Annotated[tuple[_BandText, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        before: Band | None = None
        for number, band in enumerate(self.band, 1):
            last = number == len(self.band)
            bound = band.below if band.below is not None else band.up_to
            if (bound is None) != last or (band.below is not None and band.up_to is not None):
                raise ValueError(f"band {number}: one bound in each band (below or up_to), none in the last")
            if before and bound is not None and bound <= (before.below or before.up_to or Decimal(0)):
                raise ValueError(f"band {number}: its bound must be above the one before")
            if last and not band.roles:
                raise ValueError(f"band {number}: the last band must name who approves")
            if before and before.roles and not band.roles:
                raise ValueError(f"band {number}: it costs more than what band {number - 1} asks people about")
            if band.name in [other.name for other in self.band[: number - 1]]:
                raise ValueError(f"band {number}: there is a band “{band.name}” already")
            before = Band(band.name, band.below, band.up_to, band.roles, band.review)
        return self


def read_catalogue(path: Path = HERE / "catalogue.toml") -> dict[str, Kind]:
    """Every kind by its name, in the file's order. Raises Refused with file, line and key."""
    return dict(_catalogue_of(_bytes(path), path.name))


# A run's pass begins with both: the same bytes are read once a process.
@lru_cache(maxsize=4)
def _catalogue_of(document: bytes, name: str) -> Mapping[str, Kind]:
    written = toml.read(document, _CatalogueText, name)
    kinds = {kind: _kind(kind, text, written.defaults) for kind, text in written.kind.items()}
    for kind in kinds.values():
        _check(kind, kinds, document.decode(), name)
    return kinds


def read_matrix(path: Path = HERE / "matrix.toml") -> Matrix:
    """The matrix that lies beside this file. Raises Refused with file, line and key."""
    return matrix_of(_bytes(path), path.name)


@lru_cache(maxsize=16)
def matrix_of(document: bytes, name: str, adopted_by: str = "") -> Matrix:
    """The matrix; its version is the first 12 digits of the document's SHA-256. Raises Refused with line and key.

    `adopted_by`: who did, where others know it better than the document.
    """
    written = toml.read(document, _MatrixText, name)
    return Matrix(
        currency=written.currency,
        bands=tuple(Band(b.name, b.below, b.up_to, b.roles, b.review, b.step_up) for b in written.band),
        window=timedelta(days=written.window_days),
        version=hashlib.sha256(document).hexdigest()[:12],
        adopted_by=adopted_by or written.adopted_by,
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise Refused(f"{path.name} can't be read: {wrong.strerror}. The desk doesn't start without it.") from None


def _kind(name: str, written: _KindText, defaults: _Defaults) -> Kind:
    merged = defaults.model_dump() | written.model_dump(exclude_none=True)
    expires_after = timedelta(days=merged.pop("expires_after_days"))
    permit_lasts = timedelta(hours=merged.pop("permit_lasts_hours"))
    return Kind(
        name=name,
        runbook=f"kinds/{name}.md",
        expires_after=expires_after,
        permit_lasts=permit_lasts,
        **merged,
    )


def _check(kind: Kind, kinds: dict[str, Kind], text: str, file: str) -> None:
    """What no single key can say. Raises Refused."""

    def wrong(key: str, why: str) -> Refused:
        line = toml.line_of(text, ("kind", kind.name, key))
        return Refused(f"{file}, line {line}, kind.{kind.name}.{key}: {why}")

    for key in ("requires", "blocks"):
        for other in getattr(kind, key):
            if other not in kinds:
                raise wrong(key, f"there is no kind “{other}”")
    if kind.by_rule and kind.name in DECIDED_BY_PEOPLE:
        raise wrong("by_rule", "this kind always needs a person")
    if kind.by_rule and kind.floor:
        raise wrong("floor", "who must approve whatever it costs; a rule may pass only what has none: floor = []")
    if kind.name in GIVEN and len(kind.floor) > 1:
        raise wrong("floor", "a secret is given by the only one who approves")
    if not kind.by_rule and Role.TO not in kind.floor:
        raise wrong("floor", "a kind that no rule may pass needs a technical operator in its floor")
    if kind.by_rule and kind.step_up is StepUp.ALWAYS:
        raise wrong("by_rule", "what needs a second factor can't be passed by a rule")
