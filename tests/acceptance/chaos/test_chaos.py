"""A busy desk whose processes are killed one after another: nothing acknowledged is lost, nothing happens twice.

A run's choices come from one seed, which it says; COUNTERSIGN_CHAOS_SEED makes it choose the same once more.
COUNTERSIGN_CHAOS_SECONDS shortens it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from checkpoints.core.model import Person, Role
from flows.deployments import register
from tests.acceptance.chaos.busy import Size, live_through
from tests.acceptance.chaos.choices import Seed
from tests.acceptance.chaos.crowd import Crowd, Somebody
from tests.acceptance.chaos.judging import breaches
from tests.acceptance.chaos.killing import Killer
from tests.acceptance.conftest import WholeDesk
from tests.integration.page.serving import Page
from tests.plugins import invariants
from tests.stage import asking_flow
from tests.stage.desks import admit
from to_tools import identity

pytestmark = pytest.mark.acceptance

TWO_MINUTES = Size(seconds=120, requests=60)
TEN_MINUTES = Size(seconds=600, requests=500)


@pytest.mark.promise("A6.2")
@pytest.mark.timeout(600)
def test_two_minutes_of_it(whole_desk: WholeDesk, capsys: pytest.CaptureFixture[str]) -> None:
    chaos(whole_desk, TWO_MINUTES, capsys)


@pytest.mark.chaos
@pytest.mark.promise("A6.1")
@pytest.mark.timeout(3000)
def test_ten_minutes_of_it(whole_desk: WholeDesk, capsys: pytest.CaptureFixture[str]) -> None:
    chaos(whole_desk, TEN_MINUTES, capsys)


def chaos(desk: WholeDesk, size: Size, capsys: pytest.CaptureFixture[str]) -> None:
    seed = Seed.given()
    size = size.at_most(float(os.environ.get("COUNTERSIGN_CHAOS_SECONDS", size.seconds)))
    with capsys.disabled():
        print(f"\n{seed}: {size.requests} requests, killing for {size.seconds:g} s")
    desk.up()
    register(desk.settings, {asking_flow.SORT: asking_flow.ENTRYPOINT})
    killer = Killer(desk, seed)
    with saying(seed), a_crowd(desk, seed) as crowd:
        settled = live_through(crowd, killer, size)
        found = breaches(crowd, size.slugs)
        assert not found, "\n".join(found)
        invariants.check(desk.settings)
        assert sum(killer.kills.values()) >= size.seconds // 30, f"hardly anything was killed: {killer.kills}"
        with capsys.disabled():
            print(f"killed: {counted(killer.kills)}\npresses: {counted(crowd.heard)}")
            print(f"recorded: {counted(Counter(crowd.recorded()))}")
            print(f"after the last kill: all ended in {settled.ended:.0f} s, all carried in {settled.carried:.0f} s")


def counted(what: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in sorted(what.items()))


@contextmanager
def saying(seed: Seed) -> Iterator[None]:
    """Whatever goes wrong names the seed."""
    try:
        yield
    except BaseException as wrong:
        wrong.add_note(f"To repeat its choices: {seed}")
        raise


@contextmanager
def a_crowd(desk: WholeDesk, seed: Seed) -> Iterator[Crowd]:
    """Two technical operators and two managers, each at the page too, and a third manager who starts the projects."""
    with ExitStack() as stack:
        store, operator = stack.enter_context(desk.at())

        def joins(name: str, role: Role) -> Person:
            return identity.verify(store, admit(store, operator, name, role).shell)

        def sits_down(person: Person) -> Somebody:
            return Somebody(person, stack.enter_context(Page(store, desk.settings.page_url).browser(person)))

        operators = [sits_down(person) for person in (operator, joins("Ada", Role.TO))]
        managers = [sits_down(joins(name, Role.MANAGER)) for name in ("Mira", "Noor")]
        people = {Role.TO: operators, Role.MANAGER: managers}
        yield Crowd(store, seed, people, joins("Olga", Role.MANAGER))
