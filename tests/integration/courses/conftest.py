"""A case in the midst of its plan; and after every test: nothing impossible is in the database."""

from collections.abc import Iterator

import pytest

from checkpoints.settings import Settings
from tests.integration.courses.planned import PlannedCase, planned_case
from tests.plugins import invariants
from tests.stage.desks import Office


@pytest.fixture(autouse=True)
def nothing_impossible(database: Settings) -> Iterator[None]:
    yield
    invariants.check(database)


@pytest.fixture
def project(office: Office) -> PlannedCase:
    """Both approvals of its first phase are done."""
    case = planned_case(office)
    for branch in ("project-approval", "infrastructure-selection"):
        case.start(branch)
        case.end(branch)
    return case
