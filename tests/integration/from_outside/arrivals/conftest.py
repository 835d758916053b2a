"""The page at an office's desk, and a case that alarms can be about."""

from collections.abc import Iterator

import pytest

from checkpoints.store.runs import Run
from tests.integration.page.serving import Page, running_page
from tests.stage.desks import Office


@pytest.fixture
def page(office: Office) -> Iterator[Page]:
    """The page, listening on a port of its own."""
    with running_page(office.desk) as running:
        yield running


@pytest.fixture
def run(office: Office) -> Run:
    """The main run of the case `sample`."""
    return office.case()
