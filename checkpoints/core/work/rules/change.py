"""What a changed matrix asks for otherwise, amount by amount: as what is shown to whoever adopts it."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from checkpoints.core.model import called
from checkpoints.core.policy import Band, Matrix
from checkpoints.core.work.rules.review import WITHIN

NOBODY = "nobody: the rule may pass it"


@dataclass(frozen=True)
class Change:
    """One stretch of amounts, or another part of the matrix. `looser`: fewer people, no factor, looked over later."""

    where: str
    before: str
    after: str
    looser: bool


def changes(old: Matrix, new: Matrix) -> tuple[Change, ...]:
    """Every stretch of amounts of which another thing is wanted, from the least; then the window. Names alone: none."""
    told = [
        Change(where, wants(before), wants(after), _looser(before, after))
        for where, before, after in _stretches(old, new)
        if wants(before) != wants(after)
    ]
    if old.window != new.window:
        told.append(Change("what counts together", _days(old), _days(new), new.window < old.window))
    return tuple(told)


def wants(band: Band) -> str:
    """Who must approve in a band, and how often it is looked over."""
    roles = ", then ".join(called(band.roles)) or NOBODY
    return f"{roles}{'; second factor' if band.step_up else ''}; reviewed {band.review}"


def _looser(before: Band, after: Band) -> bool:
    fewer = bool(Counter(before.roles) - Counter(after.roles))
    return fewer or (before.step_up and not after.step_up) or WITHIN[after.review] > WITHIN[before.review]


def _stretches(old: Matrix, new: Matrix) -> list[tuple[str, Band, Band]]:
    """Neighbours that are alike are one stretch. Each bound is looked at, and one amount between every two."""
    bounds = sorted({bound for band in (*old.bands, *new.bands) if (bound := _bound(band)) is not None})
    found: list[tuple[str, str, Band, Band]] = []
    for begins, ends, amount in _looked_at(bounds):
        before, after = old.band(amount), new.band(amount)
        if found and (wants(found[-1][2]), wants(found[-1][3])) == (wants(before), wants(after)):
            begins = found.pop()[0]
        found.append((begins, ends, before, after))
    return [(f"{begins} {ends}".strip(), before, after) for begins, ends, before, after in found]


def _looked_at(bounds: list[Decimal]) -> list[tuple[str, str, Decimal]]:
    """Where a stretch begins and ends, in words, and an amount in it."""
    looked: list[tuple[str, str, Decimal]] = []
    below: Decimal | None = None
    for bound in bounds:
        if below is None and bound > 0:
            looked.append(("from $0", f"to under {_dollars(bound)}", Decimal(0)))
        elif below is not None:
            looked.append((f"over {_dollars(below)}", f"to under {_dollars(bound)}", (below + bound) / 2))
        looked.append((f"from {_dollars(bound)}", f"to {_dollars(bound)}", bound))
        below = bound
    top = Decimal(0) if below is None else below * 2 + 1
    looked.append(("from $0" if below is None else f"over {_dollars(below)}", "", top))
    return looked


def _bound(band: Band) -> Decimal | None:
    return band.below if band.below is not None else band.up_to


def _dollars(amount: Decimal) -> str:
    whole, dot, cents = f"{amount.normalize():,f}".partition(".")
    return f"${whole}{dot}{cents.ljust(2, '0') if dot else ''}"


def _days(matrix: Matrix) -> str:
    return f"what the rule passed in {matrix.window.days} days"
