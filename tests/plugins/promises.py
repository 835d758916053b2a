"""The marker that ties a test to the checks of `runbooks/promises.md`, and the record of how each came out.

A check is kept only by a test that ran and passed: skipped and expected failures keep nothing.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECK_ID = re.compile(r"[A-H]\d{1,2}\.\d{1,2}")
MARKER = "promise(*ids): the checks of runbooks/promises.md that this test makes, such as 'B1.2'"

Outcomes = dict[str, dict[str, str]]
"""Check id → the tests that make it → passed, failed or skipped."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--promises-json", type=Path, help="write the outcome of every promise's check here")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    if config.option.promises_json is not None:
        config.pluginmanager.register(PromiseRecord(config.option.promises_json), "promise-record")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for check in checks_of(item):
            if not CHECK_ID.fullmatch(check):
                raise pytest.UsageError(
                    f"{item.nodeid}: {check!r} is not a check's number. "
                    "Write the row, a dot and the check, such as 'B1.2'; the list is runbooks/promises.md."
                )
            item.user_properties.append(("promise", check))


def checks_of(item: pytest.Item) -> Iterator[str]:
    """The numbers that a test's own marker and those of its class and file carry."""
    for mark in item.iter_markers("promise"):
        yield from map(str, mark.args)


@pytest.fixture(autouse=True)
def the_invariants_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test of A, B or D that had a database: whatever it did, nothing impossible is in there.

    Not twice, where a folder has that looked at after each of its tests.
    """
    watched = any(check[0] in "ABD" for check in checks_of(request.node))
    watched = watched and "nothing_impossible" not in request.fixturenames
    if not (watched and "database" in request.fixturenames):
        yield
        return
    # Here, so that a broken store breaks its tests and not every test.
    from tests.plugins import invariants

    # Asked for before the test, so that it is still there after it.
    database = request.getfixturevalue("database")
    yield
    invariants.check(database)


class PromiseRecord:
    """Collects, from the reports, how each check came out, and writes it as JSON when the session ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outcomes: Outcomes = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # Setup and teardown count when they go wrong: a test that can't start keeps nothing.
        if report.when != "call" and report.passed:
            return
        outcome = "skipped" if hasattr(report, "wasxfail") else report.outcome
        for name, value in report.user_properties:
            if name == "promise":
                tests = self.outcomes.setdefault(str(value), {})
                tests[report.nodeid] = worse(tests.get(report.nodeid), outcome)

    def pytest_sessionfinish(self) -> None:
        self.path.write_text(json.dumps(self.outcomes, indent=1, sort_keys=True), encoding="utf-8")


def worse(one: str | None, other: str) -> str:
    order = ("passed", "skipped", "failed")
    return other if one is None else max(one, other, key=order.index)
