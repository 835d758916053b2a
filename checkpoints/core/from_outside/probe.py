"""What the probes of production come to: when somebody has to be told, and when it is over. No clock, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import ceil

LAST = 20
"""So many probes are looked at, the newest."""
ENOUGH = 10
"""So many say something about a share; one failure among them is chance."""
IN_A_ROW = 3


@dataclass(frozen=True)
class Thresholds:
    """From which values on somebody is told: milliseconds, and per cent of the probes."""

    p95_ms: Decimal
    error_percent: Decimal

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "Thresholds | None":
        """As an answer filled them in; None where it has no such fields."""
        try:
            return cls(Decimal(fields["p95_ms"]), Decimal(fields["error_percent"]))
        except (KeyError, InvalidOperation):
            return None

    def __str__(self) -> str:
        return f"p95 {self.p95_ms} ms, errors {self.error_percent} %"


@dataclass(frozen=True)
class Probe:
    """One look at the health check. `says` is one line for people; `falls`: how often what is served died so far."""

    at: datetime
    good: bool
    ms: int
    says: str
    falls: int = 0


@dataclass(frozen=True)
class Watch:
    """The newest probes of one release, oldest first. `since` is when what is wrong now was found, if anything is."""

    thresholds: Thresholds
    probes: tuple[Probe, ...] = ()
    since: datetime | None = None
    what: str = ""
    told: bool = False

    def after(self, probe: Probe) -> "Watch":
        """The watch with one more probe: an incident begins, goes on, or is over and forgotten."""
        watch = replace(self, probes=(*self.probes, probe)[-LAST:])
        if watch.since is None:
            found = breach(watch.probes, watch.thresholds)
            return replace(watch, since=probe.at, what=found) if found else watch
        return Watch(self.thresholds) if recovered(watch.probes, watch.thresholds) else watch


def breach(probes: Sequence[Probe], thresholds: Thresholds) -> str:
    """What is wrong, in words; nothing while all is well."""
    if len(probes) > 1 and probes[-1].falls > probes[-2].falls:
        return "the release died, and was started again"
    last = probes[-IN_A_ROW:]
    if len(last) == IN_A_ROW and not any(probe.good for probe in last):
        return f"{IN_A_ROW} probes in a row failed: {last[-1].says}"
    if len(probes) < ENOUGH:
        return ""
    failed = [probe for probe in probes if not probe.good]
    share = Decimal(100 * len(failed)) / len(probes)
    if len(failed) > 1 and share > thresholds.error_percent:
        return f"{len(failed)} of {len(probes)} probes failed ({share:.1f} %): {failed[-1].says}"
    slow = p95([probe.ms for probe in probes if probe.good])
    if slow is not None and slow > thresholds.p95_ms:
        return f"p95 of {len(probes)} probes is {slow} ms"
    return ""


def recovered(probes: Sequence[Probe], thresholds: Thresholds) -> bool:
    """Some in a row were good, and fast enough."""
    return all(probe.good and probe.ms <= thresholds.p95_ms for probe in probes[-IN_A_ROW:])


def p95(times: Sequence[int]) -> int | None:
    """The nearest rank; None for fewer than say something."""
    return sorted(times)[ceil(len(times) * 0.95) - 1] if len(times) >= ENOUGH else None
