"""`python -m tests.bench [NAME …]`: measures all figures or those named, prints the table, writes bench.json."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.acceptance.conftest import WholeDesk
from tests.bench.burst import AT_ONCE, burst
from tests.bench.figures import Figure, table, write
from tests.bench.slack.acking import acking
from tests.bench.slack.hanging import hanging_cards
from tests.bench.sleepers import put_to_sleep
from tests.bench.storing.auditing import auditing
from tests.bench.storing.busy_desk import busy_desk
from tests.bench.storing.shell_start import shell_start
from tests.bench.storing.transactions import TO_DECIDE, transactions
from tests.bench.ten_thousand import ten_thousand
from tests.bench.vault.handing_over import handing_over
from tests.bench.waking import SLEEPERS, waking
from tests.bench.whole_desk import delivering, make_up, side_by_side, whole_desk

FILE = Path(__file__).parents[2] / "bench.json"
FILLING = {"requests_per_s", "bytes_per_waiting_checkpoint"}
DECIDING = {"decision_tx_ms", "floor_tx_ms", "decisions_per_s"}
AUDITING = {"audit_append_per_s", "head_append_per_s", "floor_append_per_s"}
AUDITING |= {"audit_verify_lines_per_s", "audit_export_lines_per_s"}
SHELL = {"cli_show_ms", "cli_floor_ms"}
STARTING = {"make_up_s"}
BRANCHES = {"branches_side_by_side"}
DELIVERING = {"case_end_to_end_s"}
WAKING = {"answer_to_next_line_ms", "stock_answer_to_next_line_ms"}
BURST = {"wake_burst_500_s", "new_answer_in_burst_ms"}
TEN_THOUSAND = {
    "idle_cpu_percent",
    "memory_mb",
    "answer_among_ms",
    "press_p95_ms",
    "first_decision_after_restart_s",
}
CARDS = {"cards_per_s", "cards_told_per_s"}
ACKING = {"slack_ack_ms"}
VAULT = {"credential_request_to_read_ms", "vault_floor_ms", "agent_wake_ms"}
EVERYTHING = (
    FILLING
    | DECIDING
    | AUDITING
    | SHELL
    | STARTING
    | BRANCHES
    | DELIVERING
    | WAKING
    | BURST
    | TEN_THOUSAND
    | CARDS
    | ACKING
    | VAULT
)


def measure(wanted: set[str], folder: Path) -> Iterator[Figure]:
    """The figures that are measured together with the wanted ones, as they come."""
    if wanted & (FILLING | DECIDING | AUDITING | SHELL):
        _say("filling a desk")
        with busy_desk(folder / "busy", TO_DECIDE) as busy:
            yield from busy.figures
            if wanted & DECIDING:
                _say("deciding")
                yield from transactions(busy)
            if wanted & SHELL:
                _say("starting the shell")
                yield from shell_start(busy)
            # The last, for it writes fifty thousand lines.
            if wanted & AUDITING:
                _say("writing and verifying the audit")
                yield from auditing(busy)
    if wanted & (STARTING | BRANCHES | DELIVERING):
        _say("starting a whole desk, twice")
        with whole_desk(folder / "whole") as whole:
            yield from make_up(whole)
            if wanted & BRANCHES:
                _say("approving three slow effects at once")
                yield from side_by_side(whole)
            # The last, for from here on the operator has a second factor.
            if wanted & DELIVERING:
                _say("delivering the sample")
                yield from delivering(whole)
    if wanted & (WAKING | BURST):
        with whole_desk(folder / "asleep") as asleep:
            yield from measure_asleep(asleep, wanted)
    yield from measure_in_slack(wanted, folder)
    if wanted & VAULT:
        _say("starting a whole desk and a vault, and handing credentials over")
        yield from handing_over(folder / "vaulted")
    if wanted & TEN_THOUSAND:
        with whole_desk(folder / "crowded") as crowded:
            _say("starting a whole desk, for ten cases and then ten thousand")
            crowded.up()
            yield from ten_thousand(crowded)


def measure_in_slack(wanted: set[str], folder: Path) -> Iterator[Figure]:
    """At the stand-in, which is as fast as it can be."""
    if wanted & ACKING:
        _say("pressing in Slack, with a database that is slow by five seconds")
        yield from acking(folder / "acking")
    if wanted & CARDS:
        _say("hanging cards in Slack")
        yield from hanging_cards(folder / "cards")


def measure_asleep(desk: WholeDesk, wanted: set[str]) -> Iterator[Figure]:
    """On a desk of their own, for all that sleeps stays there."""
    how_many = AT_ONCE if wanted & BURST else SLEEPERS
    _say(f"starting a whole desk, and putting {how_many} runs to sleep")
    desk.up()
    with desk.at() as (store, person):
        sleeping = put_to_sleep(desk, store, person, "asleep", how_many)
    if wanted & WAKING:
        _say("answering runs that sleep")
        yield from waking(desk, sleeping)
    if wanted & BURST:
        _say("answering all at once")
        yield from burst(desk, sleeping)


def main(names: list[str]) -> int:
    wanted = set(names) or EVERYTHING
    if unknown := wanted - EVERYTHING:
        print(f"No such figure: {', '.join(sorted(unknown))}. There are: {', '.join(sorted(EVERYTHING))}.")
        return 2
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
        figures = list(measure(wanted, Path(folder)))
    print(table(figures))
    write(figures, FILE)
    print(f"Written to {FILE.name}.")
    return 0


def _say(what: str) -> None:
    print(f"  {what} …", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
