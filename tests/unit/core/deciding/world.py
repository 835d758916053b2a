"""A desk with no database behind it: people who join, lose roles and leave, a clock, and one question that they answer.

Rule: it only remembers what happened; whether that is enough for an approval is said in `statement.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from checkpoints.core.authority import Standing, decide
from checkpoints.core.errors import Countersign
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Answer, Grant, Limits, Person, Press, Requirement, Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.unit.core.points import NOON, point

WAYS = ("shell", "page")
HOME, OFFICE = "192.0.2.1", "10.0.0.7"
"""Where a browser is; the shell is nowhere."""
FREE = Limits()
SOON = timedelta(seconds=1)


@dataclass
class Tenure:
    """One role of one person, from when on, and until when somebody took it."""

    role: Role
    since: datetime
    until: datetime | None = None
    limits: Limits = FREE
    id: UUID = field(default_factory=uuid4)


@dataclass
class Member:
    """One person, with two tokens: one for the shell, one for the page."""

    id: UUID
    active: bool = True
    tenures: list[Tenure] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=lambda: [True, True])
    proved_at: list[datetime | None] = field(default_factory=lambda: [None, None])

    def as_seen(self, way: int) -> Person:
        """Whom the desk makes of one of their tokens."""
        return Person(self.id, f"Person {self.id.int}", UUID(int=100 * self.id.int + way), WAYS[way])

    def has(self) -> frozenset[Role]:
        """Without limits."""
        return frozenset(tenure.role for tenure in self.tenures if tenure.until is None and tenure.limits == FREE)

    def has_limited(self) -> tuple[Grant, ...]:
        """As the store reads them, whether or not they count: the first that was given first."""
        theirs = [tenure for tenure in self.tenures if tenure.until is None and tenure.limits != FREE]
        return tuple(Grant(tenure.id, tenure.role, tenure.limits) for tenure in theirs)


@dataclass(frozen=True)
class Yes:
    """An approval that the desk took."""

    who: UUID
    role: Role
    revision: int
    at: datetime
    proved: bool
    address: str


@dataclass
class World:
    """`yeses` and `noes` are what the desk took, in their order."""

    members: list[Member]
    point: Checkpoint
    now: datetime = NOON
    yeses: list[Yes] = field(default_factory=list)
    noes: int = 0

    @classmethod
    def of(
        cls, roles: list[set[Role]], asker: int | None, requirement: Requirement, limits: Sequence[Limits] = ()
    ) -> "World":
        """One member for each set of roles, with the limits at their place; the question is open for ten hours."""
        members = [Member(UUID(int=number)) for number in range(1, len(roles) + 1)]
        for number, (member, theirs) in enumerate(zip(members, roles, strict=True)):
            within = limits[number] if number < len(limits) else FREE
            since = NOON - timedelta(days=1)
            member.tenures = [Tenure(role, since, limits=within) for role in Role if role in theirs]
        by = None if asker is None else members[asker % len(members)].id
        asked = point(started_by=by, requirement=requirement, expires_at=NOON + timedelta(hours=10))
        return cls(members, asked)

    def operators_ever(self) -> set[UUID]:
        """For everything, and without an end."""
        return {m.id for m in self.members if any(t.role is Role.TO and t.limits.everywhere for t in m.tenures)}

    def proved(self, member: Member, way: int) -> bool:
        at = member.proved_at[way]
        return at is not None and self.now - at < timedelta(minutes=10)

    def read(self) -> Checkpoint:
        """The question as the store reads it now: each answer says whether it stands."""
        answers = tuple(replace(given, stands=self._stands(given)) for given in self.point.answers)
        return replace(self.point, answers=answers)

    def press(
        self, member: Member, way: int, verdict: Verdict, seen: int = 0, digest: str = "", place: str = HOME
    ) -> None:
        """What somebody sends who saw the question so many revisions ago, or with another digest; from some place."""
        address = place if WAYS[way] == "page" else ""
        asked = self.read()
        sent = Press(asked.id, asked.revision - seen, digest or asked.digest, verdict, note="so")
        standing = Standing(
            active=member.active and member.signed_in[way],
            roles=member.has(),
            single_operator=len(self.operators_ever()) < 2,
            at=self.now,
            enrolled=True,
            proved_at=member.proved_at[way],
            limited=member.has_limited(),
            address=address,
        )
        try:
            _, self.point = decide(asked, member.as_seen(way), standing, sent, {})
        except Countersign:
            return
        given = self.point.answers[-1]
        self.noes += verdict is Verdict.REJECT
        if verdict is Verdict.APPROVE:
            assert given.role is not None
            proved = self.proved(member, way)
            self.yeses.append(Yes(member.id, given.role, sent.revision, self.now, proved, address))

    def revise(self) -> None:
        """The asker asks something else, and the desk has received it."""
        if self.point.state in (State.OPEN, State.CHANGING):
            number = self.point.revision + 1
            self.point = replace(self.point, state=State.OPEN, revision=number, digest=f"{number:064x}")

    def _stands(self, given: Answer) -> bool:
        """As the store's function of that name."""
        member = next(m for m in self.members if m.id == given.person_id)
        theirs = [t for t in member.tenures if t.role is given.role and t.since <= given.at and t.until is None]
        if given.grant is None:
            held = any(t.limits == FREE for t in theirs)
        else:
            held = any(t.id == given.grant and (t.limits.until or self.now + SOON) > self.now for t in theirs)
        return member.active and held and (not given.same_person or len(self.operators_ever()) < 2)
