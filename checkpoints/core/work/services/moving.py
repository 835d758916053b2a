"""Who still has an older value of a credential, while two lie side by side.

Rule: somebody has moved once they surely have a newer one; whoever may have the older one still does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

AGENT = "agent"


@dataclass(frozen=True)
class Use:
    """One handing: to a place where a release is served, or to an agent by its name. `came_to`: what became of the step
    that it was for (done, begun, failed or unknown). `until`: an agent's minutes are over then; None: with the case."""

    purpose: str
    by: str
    version: int
    at: datetime
    came_to: str
    until: datetime | None


def still_on(uses: Sequence[Use], version: int, now: datetime) -> tuple[str, ...]:
    """Who may still have this version or an older one, in words; `uses` in the order of handing."""
    apart: dict[tuple[str, str], list[Use]] = {}
    for use in uses:
        apart.setdefault((use.purpose, use.by), []).append(use)
    return tuple(
        f"the agent {by or 'whose name nobody knows'}" if purpose == AGENT else by or "a release"
        for (purpose, by), theirs in apart.items()
        if any(use.version <= version for use in _had(theirs, now))
    )


def _had(theirs: Sequence[Use], now: datetime) -> list[Use]:
    """What one of them may have now: what they surely got last, and whatever came after it and may have been got."""
    alive = [use for use in theirs if use.came_to != "failed" and (use.until is None or use.until > now)]
    sure = [number for number, use in enumerate(alive) if use.came_to == "done"]
    return alive[sure[-1] :] if sure else alive
