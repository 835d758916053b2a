"""Every state, every event, every actor: what the design's table names happens, and nothing else does."""

from itertools import product

import pytest

from checkpoints.core.errors import IllegalMove
from checkpoints.core.lifecycle import Event, Permit, PermitEvent, State, move, move_permit
from checkpoints.core.model import Actor, Asker, Clock, Porter, Rule
from tests.unit.core.points import ADA

ACTORS: dict[str, Actor] = {
    "person": ADA,
    "rule": Rule("0123456789ab", "the owner"),
    "clock": Clock(),
    "asker": Asker("Hephaestus"),
    "desk": Porter(),
}

TABLE = """
asked      received             desk                  open
asked      passed by the rule   rule                  approved
asked      refused by the desk  desk                  withdrawn
asked      withdrawn            asker person clock    withdrawn
open       approved in part     person                open
open       approved             person                approved
open       glass broken         person                approved
open       rejected             person                rejected
open       changes asked for    person                changing
open       revised              asker                 asked
open       expired              clock                 expired
open       withdrawn            asker person clock    withdrawn
changing   revised              asker                 asked
changing   expired              clock                 expired
changing   withdrawn            asker person clock    withdrawn
approved   voided               asker person clock    void
"""
PERMITS = """
unused     begun                                   begun
failed     begun                                   begun
begun      done                                    done
begun      failed, known not to have happened      failed
begun      outcome unknown                         unknown
unknown    found done                              done
unknown    found not done                          failed
unused     voided                                  void
failed     voided                                  void
"""


def columns(table: str, *starts: int) -> list[tuple[str, ...]]:
    ends = (*starts[1:], None)
    return [
        tuple(line[start:end].strip() for start, end in zip(starts, ends, strict=True))
        for line in table.strip().splitlines()
    ]


NAMED = {
    (state, event, actor): after
    for state, event, actors, after in columns(TABLE, 0, 11, 32, 54)
    for actor in actors.split()
}
NAMED_PERMITS = {(permit, event): after for permit, event, after in columns(PERMITS, 0, 11, 51)}


@pytest.mark.parametrize(("state", "event", "actor"), list(product(State, Event, ACTORS)), ids=str)
def test_a_checkpoint_moves_only_as_the_table_says(state: State, event: Event, actor: str) -> None:
    after = NAMED.get((state, event, actor))
    if after is None:
        with pytest.raises(IllegalMove, match="Nothing was changed"):
            move(state, event, ACTORS[actor])
    else:
        assert move(state, event, ACTORS[actor]) is State(after)


@pytest.mark.parametrize(("permit", "event"), list(product(Permit, PermitEvent)), ids=str)
def test_a_permit_moves_only_as_the_table_says(permit: Permit, event: PermitEvent) -> None:
    after = NAMED_PERMITS.get((permit, event))
    if after is None:
        with pytest.raises(IllegalMove, match="Nothing was changed"):
            move_permit(permit, event)
    else:
        assert move_permit(permit, event) is Permit(after)


def test_only_a_person_or_the_rule_makes_anything_approved() -> None:
    assert {actor for (_, _, actor), after in NAMED.items() if after == "approved"} == {"person", "rule"}


@pytest.mark.parametrize("state", [State.REJECTED, State.EXPIRED, State.WITHDRAWN, State.VOID])
def test_what_is_final_stays(state: State) -> None:
    assert not any(before == state for before, _, _ in NAMED)
