"""A checkpoint as it is read: everything that a card, a gate or a decision needs of it, as one frozen value."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.lifecycle import WAITING, Permit, State
from checkpoints.core.model import Answer, Decision, Request, Requirement, Role

LABEL = re.compile(r"([a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?)/(0{0,8}[1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Checkpoint:
    """`label` is what people say: `read-later-digest/3`. Times are aware, UTC, from the database's clock."""

    id: UUID
    case_id: UUID
    case: str
    case_title: str
    client: str
    started_by: UUID | None
    number: int
    branch: str
    question: str
    attempt: int
    kind: str
    state: State
    revision: int
    request: Request
    digest: str
    requirement: Requirement | None
    because: str
    asked_at: datetime
    changed_at: datetime
    deadline_at: datetime | None
    expires_at: datetime | None
    run_id: UUID | None
    prefect_id: str | None
    reopens: str | None
    decision: Decision | None
    permit: Permit | None
    answers: tuple[Answer, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.case}/{self.number}"

    @property
    def waiting(self) -> bool:
        return self.state in WAITING

    @property
    def roles_to_come(self) -> tuple[Role, ...]:
        """The roles that still have to approve this revision, in their order."""
        met = {a.role for a in self.answers if a.verdict == "approve" and a.revision == self.revision}
        return tuple(r for r in (self.requirement.roles if self.requirement else ()) if r not in met)


@dataclass(frozen=True)
class Case:
    """A case as it is read. `state` is running, delivered, undelivered, refused or cancelled."""

    id: UUID
    slug: str
    sort: str
    title: str
    client: str
    state: str
    outcome: str
    opened_at: datetime
    ended_at: datetime | None
    prefect_id: str | None
    brief: dict[str, object]


def named(label: str) -> tuple[str, int]:
    """The case and the number that a person names as `case/number`. Raises Refused saying what a label looks like."""
    found = LABEL.fullmatch(label.strip())
    if found is None:
        raise Refused(f"“{clean(label)}” is no checkpoint. Right would be a case and a number: read-later-digest/3")
    return found[1], int(found[2])
