"""A case that alarms can be about."""

import pytest

from checkpoints.store.runs import Run
from tests.stage.desks import Office


@pytest.fixture
def run(office: Office) -> Run:
    """The main run of the case `sample`."""
    return office.case()
