"""A credential's record, as values: who asked, gave, opened, changed and ended it, when, for what, from where.

Rule: never a value, nor what would open one.
"""

from dataclasses import dataclass
from datetime import datetime

from checkpoints.core.shown.story import when
from checkpoints.core.work.services.handing import Restrictions

ORIGINS = {
    "given": "given",
    "existing": "named where it lies in the vault",
    "made": "made at the service by the desk, as approved",
    "lease": "made anew at each opening",
}


@dataclass(frozen=True)
class Version:
    """One value that it had."""

    number: int
    vault_path: str
    given_by: str
    given_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True)
class Use:
    """One opening. `read_at`: when it was redeemed, if it was; `unused_at`: when the vault was away, or refused."""

    at: datetime
    purpose: str
    why: str
    version: int
    opened_by: str
    came_from: str
    read_at: datetime | None
    unused_at: datetime | None

    @property
    def words(self) -> str:
        """One line, without when."""
        came_to = "" if self.read_at else "; nobody read it by this"
        came_to = "; nothing came of it: the vault was away, or refused" if self.unused_at else came_to
        where = f", from {self.came_from}" if self.came_from else ""
        return f"version {self.version} for {self.purpose}, by {self.opened_by or 'a run'}{where}: {self.why}{came_to}"


@dataclass(frozen=True)
class Recorded:
    """A credential with all that became of it. Times are aware, UTC."""

    checkpoint: str
    service: str
    asked_by: str
    asked_at: datetime
    origin: str
    restrictions: Restrictions
    expires_at: datetime | None
    rotate_at: datetime | None
    ended_at: datetime | None
    ended_because: str
    versions: tuple[Version, ...] = ()
    uses: tuple[Use, ...] = ()

    @property
    def version(self) -> int:
        """The newest that may be opened; 0 when none may."""
        return max((each.number for each in self.versions if not each.retired_at and not self.ended_at), default=0)

    @property
    def reads(self) -> int:
        """How often a value left the vault, as far as the desk knows: what its own audit must agree with."""
        return sum(each.read_at is not None and each.unused_at is None for each in self.uses)

    @property
    def state(self) -> str:
        """Where it stands, in a word or a few."""
        if self.ended_at:
            return f"ended {when(self.ended_at)}{f': {self.ended_because}' if self.ended_because else ''}"
        if not self.version:
            return "another value is due: nothing can be opened"
        return f"open until {when(self.expires_at)}" if self.expires_at else "open while its case lives"

    @property
    def story(self) -> tuple[tuple[datetime, str], ...]:
        """What happened, the first first."""
        told = [(self.asked_at, f"{self.asked_by} asked for {self.service}")]
        for each in self.versions:
            how = ORIGINS.get(self.origin, self.origin) if each.number == 1 else "given in the place of the one before"
            told.append((each.given_at, f"version {each.number} {how}, by {each.given_by}"))
            if each.retired_at:
                told.append((each.retired_at, f"version {each.number} retired: nobody opens it any more"))
        told += [(each.at, f"opened, {each.words}") for each in self.uses]
        if self.ended_at:
            told.append((self.ended_at, f"ended: {self.ended_because or 'with its case, or its approval'}"))
        return tuple(sorted(told, key=lambda one: one[0]))

    @property
    def line(self) -> str:
        """All of it in one line."""
        read = f"read {self.reads} times" if self.reads != 1 else "read once"
        last = f", last {when(max(each.at for each in self.uses))}" if self.uses else ""
        giver = self.versions[-1] if self.versions else None
        given = f", given by {giver.given_by} {when(giver.given_at)}" if giver else ""
        return f"{self.service}{given}; {read if self.reads else 'never opened'}{last}; {self.state}"
