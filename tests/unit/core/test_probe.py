"""When the probes of production are an incident, and when it is over."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from checkpoints.core.from_outside.probe import LAST, Probe, Thresholds, Watch, breach, p95
from tests.unit.core.points import NOON

LIMITS = Thresholds(Decimal(300), Decimal(10))


def probes(said: str, slow: int = 900) -> tuple[Probe, ...]:
    """One probe a letter: `.` good, `s` good and slow, `x` failed."""
    return tuple(
        Probe(NOON + timedelta(seconds=30 * n), letter != "x", slow if letter == "s" else 20, f"probe {n}")
        for n, letter in enumerate(said)
    )


def watched(said: str) -> Watch:
    watch = Watch(LIMITS)
    for probe in probes(said):
        watch = watch.after(probe)
    return watch


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("", ""),
        ("xx", ""),
        ("xxx", "3 probes in a row failed: probe 2"),
        ("..xxx", "3 probes in a row failed: probe 4"),
        ("xx.xx.", ""),
        ("x.x.x.x.x", ""),
        ("x.x.......", "2 of 10 probes failed (20.0 %): probe 2"),
        ("x.........", ""),
        ("x.x" + "." * 17, ""),
        ("x.x.x" + "." * 15, "3 of 20 probes failed (15.0 %): probe 4"),
        ("sssssssss", ""),
        ("ssssssssss", "p95 of 10 probes is 900 ms"),
        ("s" + "." * 19, ""),
        ("ss" + "." * 18, "p95 of 20 probes is 900 ms"),
    ],
)
def test_what_is_wrong_is_found_and_said(said: str, what: str) -> None:
    assert breach(probes(said), LIMITS) == what


def test_one_failure_is_chance_whatever_share_it_is() -> None:
    assert breach(probes("x........."), replace(LIMITS, error_percent=Decimal("0.1"))) == ""


@pytest.mark.parametrize(
    ("said", "open"),
    [
        ("xxx", True),
        ("xxx..", True),
        ("xxx.x..", True),
        ("xxx...", False),
        ("xxx...xx", False),
        ("xxx...xxx", True),
        ("ssssssssss", True),
        ("ssssssssssss", True),
        ("ssssssssss...", False),
        ("x.x.......", True),
        ("x.x........", False),
    ],
)
def test_an_incident_is_over_once_some_in_a_row_are_good_and_fast(said: str, open: bool) -> None:
    assert (watched(said).since is not None) == open


def test_an_incident_begins_once_and_keeps_its_beginning() -> None:
    first = watched("..xxx")
    assert first.since == NOON + timedelta(seconds=120)
    later = replace(first, told=True).after(probes("x")[0])
    assert (later.since, later.what, later.told) == (first.since, first.what, True)


def test_after_an_incident_the_next_one_is_told_again() -> None:
    over = replace(watched("xxx"), told=True)
    for probe in probes("..."):
        over = over.after(probe)
    assert (over.since, over.told, over.probes) == (None, False, ())


def test_only_the_newest_probes_count() -> None:
    assert len(watched("." * 100).probes) == LAST


def test_a_share_is_the_nearest_rank() -> None:
    assert p95([*range(1, 21)]) == 19
    assert p95([*range(1, 11)]) == 10
    assert p95([1] * 9) is None


@pytest.mark.parametrize("fields", [{}, {"p95_ms": "300"}, {"p95_ms": "many", "error_percent": "1"}])
def test_fields_without_thresholds_are_none(fields: dict[str, str]) -> None:
    assert Thresholds.of(fields) is None


def test_thresholds_are_the_fields_of_an_answer() -> None:
    found = Thresholds.of({"p95_ms": "300", "error_percent": "0.5"})
    assert str(found) == "p95 300 ms, errors 0.5 %"


def test_a_release_that_died_between_two_probes_is_told_of_though_both_were_good() -> None:
    one, two = probes("..")
    assert breach((one, replace(two, falls=1)), LIMITS) == "the release died, and was started again"
    assert breach((replace(one, falls=1), replace(two, falls=1)), LIMITS) == ""
    assert breach((replace(one, falls=3),), LIMITS) == ""


def test_a_fall_is_an_incident_that_is_over_once_it_stands_again() -> None:
    watch = Watch(LIMITS)
    for number, probe in enumerate(probes(".....")):
        watch = watch.after(replace(probe, falls=1 if number else 0))
        assert bool(watch.since) is (number == 1)
