"""What is asked, by whom, and what was answered: frozen values with no clock, network or database in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import TypeAlias
from uuid import UUID

from checkpoints.core.from_outside.addresses import lies_in

Scalar: TypeAlias = bool | int | str | None
Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None


class Priority(StrEnum):
    """How soon an answer is expected; the response times are in `core/clock/sla.py`."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Role(StrEnum):
    """Who may decide. A role is given to a person; an agent never has one."""

    TO = "to"
    MANAGER = "manager"
    CLIENT = "client"

    @property
    def called(self) -> str:
        return {"to": "technical operator", "manager": "manager", "client": "client"}[self]


def called(roles: Iterable[Role]) -> tuple[str, ...]:
    """Roles in words, in their order: "2 technical operators", "manager"."""
    counted = [(role, len(list(same))) for role, same in groupby(roles)]
    return tuple(role.called if people == 1 else f"{people} {role.called}s" for role, people in counted)


@dataclass(frozen=True)
class Limits:
    """Of a role: one case, one kind, by their short names; a moment; networks (CIDR). None limits nothing."""

    case: str | None = None
    kind: str | None = None
    until: datetime | None = None
    networks: tuple[str, ...] = ()

    @property
    def everywhere(self) -> bool:
        """Whether it is about all cases and kinds, and has no end."""
        return self.case is None and self.kind is None and self.until is None

    def counts(self, case: str, kind: str, at: datetime, address: str) -> bool:
        """At this question or, where both are empty, at the desk as a whole. `address`: empty where none is known."""
        here = self.case in (None, case) and self.kind in (None, kind)
        in_time = self.until is None or at < self.until
        return here and in_time and (not self.networks or lies_in(address, self.networks))


@dataclass(frozen=True)
class Grant:
    """A role that one person holds, and what limits it."""

    id: UUID
    role: Role
    limits: Limits = Limits()


class Risk(StrEnum):
    """What makes a request dangerous, computed from what will run; an agent's note can only add one."""

    DELETES = "deletes"
    RUNS_CODE = "runs code"
    PRODUCTION = "production"
    SECRET = "secret"
    FAILURE = "a failure"
    """Of its own tests, or of the try before: a person looks at it before it is tried again."""


class Verdict(StrEnum):
    """What one person says to one revision."""

    APPROVE = "approve"
    REJECT = "reject"
    CHANGES = "changes"


@dataclass(frozen=True)
class Person:
    """Somebody verified. Only `to_tools/identity.py` makes one; `proof` is the token that verified them.

    `scope` is what that token is for: `all`, `read`, or only to `enrol` a second factor.
    `address`: where they come from, empty by a way that carries none.
    """

    id: UUID
    name: str
    proof: UUID
    way: str
    scope: str = "all"
    address: str = ""


@dataclass(frozen=True)
class Rule:
    """The matrix as a decider, or a pre-approval: its version (a digest, or which use of which) and who adopted it."""

    version: str
    adopted_by: str


@dataclass(frozen=True)
class Clock:
    """Time that ran out."""


@dataclass(frozen=True)
class Asker:
    """The run that asked, in an agent's name."""

    name: str


@dataclass(frozen=True)
class Porter:
    """The desk itself, receiving what was asked."""


Actor: TypeAlias = Person | Rule | Clock | Asker | Porter


def named(actor: Actor) -> str:
    """Who it was, in the words of the audit and the story."""
    match actor:
        case Person(name=name) | Asker(name=name):
            return name
        case Rule(version=version):
            return version if version.startswith("pre-approval ") else f"the rule, version {version}"
        case Clock():
            return "the clock"
        case Porter():
            return "the desk"


class FieldSort(StrEnum):
    """How a field is filled."""

    CHOICE = "choice"
    TEXT = "text"
    NUMBER = "number"
    SECRET = "secret"
    """Goes from the person straight to the vault; what an answer records is where it lies."""


@dataclass(frozen=True)
class Field:
    """One blank that an approval fills. `choices` are (value, what it means); a number has bounds, both included.

    `shape` names what the value looks like, in `core/shapes.py`; empty where anybody may write what they like.
    """

    name: str
    label: str
    sort: FieldSort
    default: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    lowest: Decimal | None = None
    highest: Decimal | None = None
    whole: bool = False
    shape: str = ""


@dataclass(frozen=True)
class Fact:
    """One line that we computed. A dangerous one is shown first and never cut."""

    label: str
    value: str
    dangerous: bool = False


@dataclass(frozen=True)
class Cost:
    """US dollars a month, a range. `high` is what counts; None is unpriced. `unpriced` names what has no price."""

    low: Decimal | None
    high: Decimal | None
    currency: str = "USD"
    unpriced: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Subject:
    """The exact thing that will run or be handed over, as parameters; its digest is what an approval names."""

    name: str
    parameters: Mapping[str, Scalar]


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to a request: what it is called, and the SHA-256 that names its content. `size` in bytes."""

    name: str
    sha256: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Request:
    """What an agent asks, in that flow's fields. `details` are the agent's own words, shown as such."""

    kind: str
    agent: str
    action: str
    details: str
    subject: Subject
    facts: tuple[Fact, ...] = ()
    fields: tuple[Field, ...] = ()
    options: tuple[str, ...] = ()
    cost: Cost | None = None
    risks: tuple[Risk, ...] = ()
    reversible: bool = True
    priority: Priority = Priority.HIGH
    answer_within: timedelta | None = None
    changed: tuple[str, ...] = ()
    about: UUID | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Requirement:
    """Who must approve, and with what; computed by the desk.

    One person for each entry of `roles`, so that a role named twice is two people; in this order where `ordered`.
    """

    roles: tuple[Role, ...]
    by_rule: bool = False
    ordered: bool = False
    step_up: bool = False
    band: str = ""
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Press:
    """What a person sends: the verdict on exactly what they saw (revision and subject's digest)."""

    checkpoint: UUID
    revision: int
    digest: str
    verdict: Verdict
    fields: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """One person's verdict as recorded; `role` is the one that made it count, None if it came to nothing.

    `stands`: what made it count holds without a break, until the decision or until now. They are here, in that role,
    and still a desk's single operator where they answered what they started. `grant`: the role with limits that made it
    count, None for one without.
    """

    person_id: UUID
    person: str
    verdict: Verdict
    revision: int
    role: Role | None
    note: str
    fields: Mapping[str, str]
    way: str
    at: datetime
    same_person: bool = False
    stands: bool = True
    grant: UUID | None = None


@dataclass(frozen=True)
class Decision:
    """What the answers, or the rule, came to; at most one a checkpoint. `emergency`: one person broke the glass."""

    outcome: str
    revision: int
    by: str
    by_rule: bool
    fields: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    at: datetime | None = None
    emergency: bool = False
