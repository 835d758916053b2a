"""A desk on which Mira proposes rules, and Ada, with her factor, adopts them."""

from collections.abc import Callable

import pytest

from checkpoints.actions.people import proving
from checkpoints.core.errors import NeedsFactor
from checkpoints.core.view import Checkpoint
from checkpoints.store import checkpoints
from checkpoints.store.desk import Desk
from tests.integration.desk.deciding.own import approve, carry_out
from tests.stage.desks import Authenticator, Office

Adopt = Callable[[str], Checkpoint]


@pytest.fixture
def app(office: Office) -> Authenticator:
    return office.enrol(office.ada)


@pytest.fixture
def adopt(office: Office, app: Authenticator) -> Adopt:
    """Ada approves what was proposed under this label, and the desk carries it out."""

    def adopt(label: str) -> Checkpoint:
        office.receive()
        point = labelled(office.desk, label)
        try:
            approve(office, office.ada, point)
        except NeedsFactor:
            proving.prove(office.desk, office.ada, app.code())
            approve(office, office.ada, point)
        return carry_out(office, point)

    return adopt


def labelled(desk: Desk, label: str) -> Checkpoint:
    slug, _, number = label.partition("/")
    with desk.transaction() as tx:
        point = checkpoints.by_label(tx, slug, int(number))
    assert point is not None
    return point
