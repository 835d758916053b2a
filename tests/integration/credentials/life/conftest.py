"""The vault that these tests count in: the embedded one, or where a test says so a real server."""

from dataclasses import replace

import pytest

from checkpoints.core.ports import Credentials
from tests.integration.credentials.life.stage import vault_of
from tests.stage.desks import Office
from tests.stage.servers.openbao import OpenBao


@pytest.fixture
def office(request: pytest.FixtureRequest, office: Office) -> Office:
    """The office; its vault is OpenBao where a test asks for that by its parameter."""
    if getattr(request, "param", "embedded") == "embedded":
        return office
    openbao: OpenBao = request.getfixturevalue("openbao")
    desk = replace(office.desk, credentials=openbao.vault())
    return replace(office, settings=openbao.settings(office.settings), desk=desk)


@pytest.fixture
def backend(office: Office) -> Credentials:
    return vault_of(office.desk)
