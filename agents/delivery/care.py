"""Hephaestus after the delivery: asks what to do about an alarm, and says each day how production is.

Rule: what the sender of an alarm wrote is quoted as theirs, never told as a fact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from checkpoints.core.digest import short
from checkpoints.core.from_outside.arrival import Arrival
from checkpoints.core.from_outside.probe import Probe, Thresholds
from checkpoints.core.model import Fact, Field, FieldSort, Priority, Request, Subject
from checkpoints.core.shown.story import when
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.release import Deployed

AGENT = "Hephaestus"
ROLL_BACK, WATCH_ON, STOP = "roll back", "watch on", "stop"
MOST_TOLD = 8
LONGEST_QUOTE = 6_000
ESTIMATES = ("project-approval", "infrastructure-selection")
"""Their cost is that of a later plan, which is approved by itself."""


@dataclass(frozen=True)
class Live:
    """What production serves, and how it answered just now. `trouble`: why that could not be found out."""

    deployed: Deployed | None
    probe: Probe | None
    trouble: str = ""

    @property
    def serves(self) -> str:
        if self.deployed is None:
            return f"not known: {self.trouble}" if self.trouble else "nothing"
        return f"{short(self.deployed.digest)} at {self.deployed.address}"

    @property
    def health(self) -> str:
        if self.probe is None:
            return "not looked at"
        return f"{'well' if self.probe.good else 'not well'}: {self.probe.says} after {self.probe.ms} ms"


def ask_about(title: str, alarms: Sequence[Arrival], live: Live, thresholds: Thresholds | None) -> Request:
    """What now, about all of these alarms together?"""
    before = live.deployed.before if live.deployed else None
    told = [Fact("What happened", _happened(alarm), dangerous=True) for alarm in alarms[:MOST_TOLD]]
    if len(alarms) > MOST_TOLD:
        told.append(Fact("What happened", f"and {len(alarms) - MOST_TOLD} more alarms", dangerous=True))
    return Request(
        kind="escalation",
        agent=AGENT,
        action=f"{title}: an alarm from production" if len(alarms) == 1 else f"{title}: {len(alarms)} alarms",
        details=_quoted([alarm for alarm in alarms if not alarm.by_probe]),
        subject=Subject("the alarms", _named(alarms, live, before)),
        facts=(
            *told,
            Fact("Since", when(min(alarm.at for alarm in alarms))),
            Fact("Production serves", live.serves),
            Fact("Health now", live.health),
            Fact("Thresholds", str(thresholds) if thresholds else "none were set"),
            Fact(
                "Would be put back",
                short(before) if before else "nothing: it is the first, or was put back itself",
            ),
            Fact("What was tried", "I looked at it once more. Nothing was changed."),
        ),
        fields=(Field("next", "What now", FieldSort.CHOICE, choices=_choices(before)),),
        priority=Priority.CRITICAL,
    )


def status(
    live: Live, waiting: Sequence[Checkpoint], alarms: int, monthly: Decimal | None, due: Sequence[str] = ()
) -> str:
    """The day in two sentences; in three where another value of a credential is due (`due`: their services)."""
    rotate = f" Another value is due of: {', '.join(due)}." if due else ""
    is_open = ", ".join(f"{point.number} ({point.request.action})" for point in waiting)
    cost = f"${monthly:,.2f} a month is approved" if monthly is not None else "no monthly cost is approved"
    rang = {0: "no alarm", 1: "1 alarm"}.get(alarms, f"{alarms} alarms")
    return (
        f"Production serves {live.serves}; its health check: {live.health}. "
        f"Open: {is_open or 'nothing'}; {rang} in the last 24 hours; {cost}.{rotate}"
    )


def monthly_cost(points: Sequence[Checkpoint]) -> Decimal | None:
    """Upper US dollars a month of what was approved and done; of what was asked about twice, the newest counts."""
    costs = {
        (point.kind, point.request.subject.parameters.get("what")): point.request.cost.high
        for point in sorted(points, key=lambda point: point.number)
        if point.permit == "done" and point.kind not in ESTIMATES
        if point.request.cost is not None and point.request.cost.high is not None
    }
    return sum(costs.values(), Decimal(0)) if costs else None


def _happened(alarm: Arrival) -> str:
    if alarm.by_probe:
        return f"the desk's probe, {when(alarm.at)}: {alarm.says}"
    if alarm.by_person:
        return f"{alarm.body.get('by')} raised an alarm, {when(alarm.at)}: quoted below"
    return f"an alarm came in, {when(alarm.at)}, signed with the arrivals' key: quoted below"


def _quoted(alarms: Sequence[Arrival]) -> str:
    """The senders' own words, each marked as such."""
    if not alarms:
        return "The desk's own probe raised it. What now?"
    quotes = "\n".join(f"{when(alarm.at)}: “{alarm.says}”" for alarm in alarms[:MOST_TOLD])
    cut = quotes if len(quotes) <= LONGEST_QUOTE else f"{quotes[:LONGEST_QUOTE]}… (cut)"
    return f"In the senders' words, which nobody checked:\n{cut}"


def _named(alarms: Sequence[Arrival], live: Live, before: str | None) -> dict[str, str | None]:
    ids = ", ".join(str(alarm.id) for alarm in alarms)
    return {"alarms": ids, "release": live.deployed.digest if live.deployed else None, "back_to": before}


def _choices(before: str | None) -> tuple[tuple[str, str], ...]:
    back = f"ask at once, under a number of its own, to serve {short(before)} again" if before else ""
    return (
        *(((ROLL_BACK, back),) if before else ()),
        (WATCH_ON, "nothing is done now; when it comes again, you are asked again"),
        (STOP, "nothing is done, and while this release is served this alarm is only counted"),
    )
