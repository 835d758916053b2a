"""A role that somebody is to have, as the flat subject of the desk's own checkpoint, and back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from checkpoints.core.model import Fact, Grant, Limits, Role, Scalar, Subject
from checkpoints.core.shown.story import when

JOIN, GIVE, REPLACE = "join", "give a role", "replace a role"
ALL = "everything here, also who may decide"
BETWEEN = ", "


@dataclass(frozen=True)
class Membership:
    """Who is to hold which role. `person` is None for somebody new; `instead`: of what they hold of that role now."""

    name: str
    person: UUID | None
    role: Role
    limits: Limits
    instead: bool = False

    @property
    def subject(self) -> Subject:
        """What an approval names. A moment is UTC's text, so that equal ones have one digest."""
        change = JOIN if self.person is None else REPLACE if self.instead else GIVE
        until = self.limits.until
        parameters: dict[str, Scalar] = {"change": change, "name": self.name, "role": self.role}
        parameters |= {"person": str(self.person) if self.person else None, "case": self.limits.case}
        parameters |= {"kind": self.limits.kind, "until": until.isoformat() if until else None}
        return Subject("the change", parameters | {"networks": BETWEEN.join(self.limits.networks) or None})

    @classmethod
    def of(cls, subject: Subject) -> "Membership":
        """What was approved, from nothing but what its digest names."""
        said = {name: str(value) for name, value in subject.parameters.items() if value is not None}
        networks = tuple(said["networks"].split(BETWEEN)) if "networks" in said else ()
        until = datetime.fromisoformat(said["until"]) if "until" in said else None
        limits = Limits(said.get("case"), said.get("kind"), until, networks)
        person = UUID(said["person"]) if "person" in said else None
        return cls(said["name"], person, Role(said["role"]), limits, instead=said["change"] == REPLACE)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """In words, what is dangerous marked: who may decide everything may decide who decides."""
        limits = self.limits
        scope = f"the case {limits.case}" if limits.case else ALL if limits.kind is None else ""
        kind = f"questions of kind {limits.kind}" if limits.kind else ""
        who = "is new here" if self.person is None else "is here, and holds this instead" if self.instead else "is here"
        return (
            Fact("Person", f"{self.name} ({who})"),
            Fact("Role", self.role.called),
            Fact("Scope", ", ".join(filter(None, (scope, kind))), dangerous=self.role is Role.TO and scope == ALL),
            Fact("Until", when(limits.until) if limits.until else "without an end"),
            Fact("From", ", ".join(limits.networks) or "anywhere"),
        )


def covers(held: Grant, role: Role, limits: Limits) -> bool:
    """True when what somebody holds lets them do all that the other would."""
    theirs = held.limits
    lasts = theirs.until is None or (limits.until is not None and limits.until <= theirs.until)
    wide = theirs.case in (None, limits.case) and theirs.kind in (None, limits.kind)
    return held.role is role and wide and lasts and (not theirs.networks or theirs.networks == limits.networks)
