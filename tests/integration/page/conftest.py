"""The page at an office's desk, and the browser of its first technical operator."""

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.page.serving import Page, running_page
from tests.stage.desks import Office


@pytest.fixture
def page(office: Office) -> Iterator[Page]:
    """The page, listening on a port of its own."""
    with running_page(office.desk) as running:
        yield running


@pytest.fixture
def ada(page: Page, office: Office) -> Iterator[httpx.Client]:
    """Ada's browser."""
    with page.browser(office.ada) as client:
        yield client
