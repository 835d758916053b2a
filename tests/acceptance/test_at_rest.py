"""Ten thousand cases wait and nobody does anything: what the desk's processes use above Prefect's own."""

from pathlib import Path

import pytest

from checkpoints.actions import reading
from tests.bench import crowd
from tests.bench.sleepers import put_to_sleep
from tests.bench.ten_thousand import MANY, at_rest
from tests.bench.whole_desk import whole_desk

BOUND = 1.0
"""Percent of a core."""


@pytest.mark.soak
@pytest.mark.alone
@pytest.mark.acceptance
@pytest.mark.promise("G8.3")
def test_a_desk_at_rest_uses_hardly_more_than_prefect(tmp_path: Path) -> None:
    with whole_desk(tmp_path / "home") as desk:
        desk.up()
        own = at_rest(desk)["prefect"]
        with desk.at() as (store, person):
            (original,) = put_to_sleep(desk, store, person, "original", 1)
            case = reading.case_of(store, original.case_id)
            assert case is not None
            crowd.fill(desk.settings, case, MANY, "many")
        now = at_rest(desk)
    print(f"{now}, Prefect alone {own}")
    assert now["ours"] + now["prefect"] - own <= BOUND
