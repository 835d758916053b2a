"""Page and porter are killed while ten thousand cases wait, and started again: the first decision is there at once.

The cases that wait are filled in by SQL, as copies of one that a run really asked in; the one that is answered is real.
"""

import pytest

from checkpoints.actions import reading
from checkpoints.core.lifecycle import Permit, State
from tests.acceptance.conftest import WholeDesk
from tests.bench import crowd
from tests.bench.sleepers import put_to_sleep, until_done
from tests.bench.ten_thousand import MANY, first_decision
from tests.plugins import invariants

SECONDS = 2.0
PATIENCE = 60.0


@pytest.mark.alone
@pytest.mark.acceptance
@pytest.mark.promise("A5.1")
def test_the_first_decision_after_a_restart_is_served_within_two_seconds(whole_desk: WholeDesk) -> None:
    whole_desk.up()
    with whole_desk.at() as (store, person):
        original, answered = put_to_sleep(whole_desk, store, person, "sleeper", 2)
        case = reading.case_of(store, original.case_id)
        assert case is not None
        crowd.fill(whole_desk.settings, case, MANY)
        assert reading.inbox(store, 1).total > MANY
        took = first_decision(whole_desk, store, person, answered)
        assert took < SECONDS
        assert reading.show(store, answered.label).point.state is State.APPROVED
        until_done(store, [answered], PATIENCE)
        assert reading.show(store, answered.label).point.permit is Permit.DONE
        assert reading.show(store, original.label).point.state is State.OPEN
    invariants.check(whole_desk.settings)
