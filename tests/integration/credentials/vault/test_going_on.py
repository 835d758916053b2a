"""A desk whose vault is sealed meanwhile: its questions stay as they are, no permit is lost, and it goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest

from checkpoints import wiring
from checkpoints.actions.by_runs import acting, opening
from checkpoints.actions.credentials import forgetting, redeeming
from checkpoints.core.errors import Unavailable
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.view import Checkpoint
from checkpoints.store import errands
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import GIVEN, give
from tests.stage.desks import NEEDED, Office
from tests.stage.servers.openbao import OpenBao


@pytest.fixture
def desk(office: Office, openbao: OpenBao) -> Iterator[Desk]:
    """The office's, with OpenBao."""
    opened = wiring.desk("desk", openbao.settings(office.settings), need=NEEDED)
    yield opened
    opened.engine.dispose()


@contextmanager
def sealed(openbao: OpenBao) -> Iterator[None]:
    openbao.seal()
    try:
        with pytest.raises(Unavailable, match="sealed"):
            yield
    finally:
        openbao.unseal()


@pytest.mark.promise("F4.1")
@pytest.mark.promise("F4.2")
def test_a_vault_that_is_sealed_at_each_step_decides_nothing_uses_up_no_permit_and_all_goes_on(
    desk: Desk, office: Office, openbao: OpenBao, run: Run, point: Checkpoint
) -> None:
    with sealed(openbao):
        give(desk, office.ada, point)
    assert (office.show(point).state, office.show(point).permit) == (State.OPEN, None)
    given = give(desk, office.ada, point)
    assert (given.state, given.permit) == (State.APPROVED, Permit.UNUSED)

    step = _begun(office, run, given)
    with sealed(openbao):
        _opened(desk, office, run, given)
    acting.finish(office.asker, run, step, "failed", None)
    assert office.show(given).permit == Permit.FAILED, "it is known not to have happened: the same permit begins again"
    _begun(office, run, given)
    assert _opened(desk, office, run, given) == GIVEN

    assert given.decision is not None
    path = given.decision.fields["consumer_key"].removeprefix("vault:")
    with desk.transaction() as tx:
        forgetting.end_credentials(tx, run.case_id)
    with sealed(openbao):
        _forgotten(desk, path)
    assert openbao.exists(path)
    _forgotten(desk, path)
    assert not openbao.exists(path)


def _begun(office: Office, run: Run, point: Checkpoint) -> UUID:
    now = office.show(point)
    assert now.decision is not None
    return acting.begin(office.asker, run, now, "hand over", now.digest, now.decision.fields).id


def _opened(desk: Desk, office: Office, run: Run, point: Checkpoint) -> dict[str, str]:
    ticket = opening.open_check(office.asker, run, point, "to check it")
    return redeeming.redeem(desk, ticket, run.case, "check").values(desk.credentials)


def _forgotten(desk: Desk, path: str) -> None:
    with desk.transaction() as tx:
        found = tx.exec_driver_sql(
            "select id, kind, key, body, version, tries from desk.errand where kind = 'forget' and key = %s", (path,)
        )
        errand = errands.Errand(*found.one())
    forgetting.forget(desk, errand)
