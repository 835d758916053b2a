"""The vault that these tests count in: the embedded one, or where a test says so a real server."""

from dataclasses import replace

import pytest

from checkpoints.actions.by_runs import acting
from checkpoints.core.ports import Credentials
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import give
from tests.integration.credentials.life.stage import vault_of
from tests.stage.desks import Authenticator, Office
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


@pytest.fixture
def app(office: Office) -> Authenticator:
    """Ada's, who proved it just now."""
    return office.enrol(office.ada)


@pytest.fixture
def given(office: Office, run: Run, point: Checkpoint, app: Authenticator) -> Checkpoint:
    """Ada gave it, and the run had it."""
    after = give(office.desk, office.ada, point)
    assert after.decision is not None
    step = acting.begin(office.asker, run, after, "hand over", after.digest, after.decision.fields)
    acting.finish(office.asker, run, step.id, "done", None)
    return office.show(after)
