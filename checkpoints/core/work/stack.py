"""What a Terraform plan says, costs and is bound to, as values.

Rule: a sensitive value never gets in here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from enum import StrEnum

from checkpoints.core.digest import digest
from checkpoints.core.errors import Refused
from checkpoints.core.model import Json


class Action(StrEnum):
    """What Terraform will do to one resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"
    FORGET = "forget"
    IMPORT = "import"

    @property
    def destroys(self) -> bool:
        return self in (Action.DELETE, Action.REPLACE)


@dataclass(frozen=True)
class Attribute:
    """One attribute that changes, as text: JSON, `(sensitive)`, `(known after apply)`, or nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One resource that changes.

    `planned` holds its masked attributes after the apply, none for a deletion.
    """

    address: str
    type: str
    name: str
    action: Action
    stands_for: str = ""
    planned: Mapping[str, Json] = field(default_factory=dict)
    attributes: tuple[Attribute, ...] = ()

    @property
    def what(self) -> str:
        """The name that a person knows it by: in a sandbox, the resource that it stands for."""
        return self.stands_for or self.address

    @property
    def sort(self) -> str:
        """The resource type of `what`, such as `aws_sqs_queue`."""
        return self.stands_for.partition(".")[0] or self.type


@dataclass(frozen=True)
class Output:
    """One output that changes, with its masked value."""

    name: str
    action: Action
    after: str


@dataclass(frozen=True)
class PlanSummary:
    """All that is kept of `terraform show -json`.

    `runs`: code that will run, which a plan's text doesn't show.
    """

    terraform_version: str
    changes: tuple[Change, ...]
    unchanged: int
    outputs: tuple[Output, ...]
    drifted: tuple[str, ...]
    runs: tuple[str, ...]
    remote_modules: tuple[str, ...]
    providers: tuple[str, ...]

    @property
    def deletes(self) -> bool:
        return any(change.action.destroys for change in self.changes)

    @property
    def sandbox(self) -> bool:
        """Every resource only stands for another: nothing outside this machine changes."""
        return bool(self.changes) and all(change.stands_for for change in self.changes)

    def count(self, action: Action) -> int:
        return sum(change.action is action for change in self.changes)


@dataclass(frozen=True)
class Binding:
    """What an approval of a plan names; its `digest` is the subject's.

    All digests are SHA-256, 64 hex digits.
    """

    plan_sha256: str
    engine: str
    engine_version: str
    template: str
    template_sha256: str
    lock_sha256: str
    workspace: str

    def as_json(self) -> dict[str, Json]:
        return dict(asdict(self))

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "Binding":
        """Raises Refused when a part is missing, not text, or unknown."""
        texts = {name: text for name, text in value.items() if isinstance(text, str)}
        if texts.keys() != value.keys() or texts.keys() != {part.name for part in fields(cls)}:
            raise Refused("What was kept of the plan doesn't say what it is bound to. Nothing ran: plan again.")
        return cls(**texts)

    @property
    def digest(self) -> str:
        return digest(self.as_json())


@dataclass(frozen=True)
class Planned:
    """A plan made and kept; `fence` says what held others' code while it was made."""

    binding: Binding
    summary: PlanSummary
    fence: str


@dataclass(frozen=True)
class Applied:
    """What an apply did: counts, masked outputs, the log's name in the case's folder."""

    added: int
    changed: int
    destroyed: int
    outputs: Mapping[str, str]
    log: str


@dataclass(frozen=True)
class PriceLine:
    """US dollars a month for one resource: `low` without the use that it is planned for, `high` with it."""

    what: str
    says: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Estimate:
    """US dollars a month, to the cent. `unpriced` names what the sum leaves out, and why."""

    low: Decimal
    high: Decimal
    lines: tuple[PriceLine, ...]
    unpriced: tuple[str, ...]
