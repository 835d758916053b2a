"""A desk with a login at AWS, a project that asks for a key there, and the IAM user that it is for."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from checkpoints.cloud.aws import Aws
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import Wanted, ask
from checkpoints.store.runs import Run
from tests.stage.desks import Office
from tests.stage.servers.amazon import Amazon, running_amazon


@pytest.fixture(scope="module")
def amazon() -> Iterator[Amazon]:
    with running_amazon() as running:
        yield running


@pytest.fixture
def aws(amazon: Amazon, office: Office) -> Aws:
    """As the desk has it."""
    return amazon.login(office.settings.keys / "aws")


@pytest.fixture
def user(amazon: Amazon, aws: Aws) -> str:
    return amazon.user(aws, f"mailer-{uuid4().hex[:8]}")


@pytest.fixture
def asked(office: Office, run: Run) -> Checkpoint:
    return office.ask(run, ask(Wanted("sample", "Sample", "AWS")))
