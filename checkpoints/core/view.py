"""A checkpoint as it is read: everything that a card, a gate or a decision needs of it, as one frozen value."""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from checkpoints.core.errors import NoName
from checkpoints.core.fields import clean
from checkpoints.core.lifecycle import WAITING, Permit, State
from checkpoints.core.model import Answer, Decision, Request, Requirement, Role

OWN = "desk"
"""The sort, and the short name, of the desk's own case: it has no run."""
OUTSIDE = "agent/"
"""What the branches of agents from outside begin with: no engine executes their runs."""
LABEL = re.compile(r"([a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?)/(0{0,8}[1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Checkpoint:
    """`label` is what people say: `read-later-digest/3`. Times are aware, UTC, from the database's clock.

    `started_by`: whose case it is, for whom the run works, or who proposed it at the desk; `sort` is the case's.
    """

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
    sort: str = "delivery"

    @property
    def label(self) -> str:
        return f"{self.case}/{self.number}"

    @property
    def own(self) -> bool:
        """Whether the desk asks it for itself."""
        return self.sort == OWN

    @property
    def from_outside(self) -> bool:
        """Whether an agent from outside asked it, by its token."""
        return self.branch.startswith(OUTSIDE)

    @property
    def waiting(self) -> bool:
        return self.state in WAITING

    @property
    def roles_to_come(self) -> tuple[Role, ...]:
        """The roles that still have to approve this revision, in their order; as often as people of it are wanted."""
        return self._met()[1]

    @property
    def counting(self) -> tuple[Answer, ...]:
        """The approvals that meet the requirement so far: each another person's, for one role."""
        return self._met()[0]

    @property
    def fallen(self) -> tuple[Answer, ...]:
        """Approvals of this revision that count no more: a role was lost, or one that had to come before was."""
        met = self.counting
        return tuple(a for a in self._approvals() if a not in met)

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Whom it waits for, in words and in their order: "another technical operator", "the manager"."""
        met = {answer.role for answer in self.counting}
        return tuple(_whom(role, len(list(same)), role in met) for role, same in groupby(self.roles_to_come))

    def _approvals(self) -> tuple[Answer, ...]:
        return tuple(a for a in self.answers if a.verdict == "approve" and a.revision == self.revision)

    def _met(self) -> tuple[tuple[Answer, ...], tuple[Role, ...]]:
        """One after the other: each approval that stands takes one role whose turn it is, unless its person has one."""
        to_come = list(self.requirement.roles) if self.requirement else []
        ordered = self.requirement is not None and self.requirement.ordered
        met: list[Answer] = []
        for given in self._approvals():
            turn = to_come[:1] if ordered else to_come
            theirs = given.person_id == self.started_by and not given.same_person
            if given.stands and given.role in turn and not theirs and all(a.person_id != given.person_id for a in met):
                to_come.remove(given.role)
                met.append(given)
        return tuple(met), tuple(to_come)


def _whom(role: Role, people: int, besides: bool) -> str:
    if people == 1:
        return f"{'another' if besides else 'the'} {role.called}"
    return f"{people} {'other ' if besides else ''}{role.called}s"


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
    """The case and the number that a person names as `case/number`. Raises NoName saying what a label looks like."""
    found = LABEL.fullmatch(label.strip())
    if found is None:
        raise NoName(f"“{clean(label)}” is no checkpoint. Right would be a case and a number: read-later-digest/3")
    return found[1], int(found[2])
