"""What the desk knows of a person at the moment of a press: their roles, with and without limits, and their proof."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from checkpoints.core.model import Grant, Role

PROOF_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Standing:
    """What the desk knows of a person `at` the moment of the press. `single_operator`: there never was a second TO.

    `enrolled`: they have a second factor. `proved_at`: when they last proved it with the token that verified them.
    `second_hand`: somebody else had it in hand before them, so that only their factor says that it is they.
    `scope`: what that token is for, None once it holds no more; they are active only with one that is for `all`.
    `roles` have no limits, `limited` have; `address`: where they come from, empty where that isn't known.
    """

    active: bool
    roles: frozenset[Role]
    single_operator: bool
    at: datetime
    enrolled: bool = False
    proved_at: datetime | None = None
    second_hand: bool = False
    scope: str | None = None
    limited: tuple[Grant, ...] = ()
    address: str = ""

    def roles_at(self, case: str = "", kind: str = "") -> frozenset[Role]:
        """The roles that count at this question; without one, at the desk as a whole."""
        return self.roles | {grant.role for grant in self._counting(case, kind)}

    def grant_at(self, role: Role, case: str, kind: str) -> UUID | None:
        """The role with limits by which they may, the first of them; None where one without limits does."""
        found = () if role in self.roles else self._counting(case, kind)
        return next((grant.id for grant in found if grant.role is role), None)

    @property
    def anywhere(self) -> "Standing":
        """With every role that they hold for some case, kind or place: for what concerns nobody but themselves."""
        theirs = {grant.role for grant in self.limited if grant.limits.until is None or self.at < grant.limits.until}
        return replace(self, roles=self.roles | theirs, limited=())

    @property
    def operates(self) -> bool:
        """Whether they are a technical operator for everything and without an end, from where they are."""
        return Role.TO in self.roles or any(
            grant.limits.everywhere and grant.role is Role.TO for grant in self._counting("", "")
        )

    def _counting(self, case: str, kind: str) -> tuple[Grant, ...]:
        return tuple(grant for grant in self.limited if grant.limits.counts(case, kind, self.at, self.address))

    @property
    def proved(self) -> bool:
        """True for ten minutes from a proof. One that lies ahead, after a clock was put back, is none."""
        return self.enrolled and self.proved_at is not None and timedelta(0) <= self.at - self.proved_at < PROOF_LASTS
