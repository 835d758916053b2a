"""Whom a question goes to while nobody answers: everybody once, nobody twice, and never nobody."""

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.clock.ladder import ASKS, OPEN, Rung, Somebody, asked_first, backups, calls, managers
from tests.unit.core.points import NOON

IDS = [UUID(int=number) for number in range(1, 6)]
ADA, BOB, CLEO, MIA, NED = IDS
LATER = NOON + timedelta(hours=1)


@st.composite
def offices(draw: st.DrawFn) -> list[Somebody]:
    """Up to five people, in any role and place; a stand-in may be anybody, also somebody who left."""
    stand_ins = st.none() | st.sampled_from([*IDS, UUID(int=99)])
    ids = draw(st.lists(st.sampled_from(IDS), unique=True))
    flags = st.booleans()
    return [Somebody(id, draw(flags), draw(flags), draw(flags), draw(flags), draw(stand_ins)) for id in ids]


climbs = st.dictionaries(st.sampled_from(list(Rung)), st.just(LATER))


@given(offices())
def test_while_anybodys_answer_would_count_somebody_is_asked_and_nobody_else(people: list[Somebody]) -> None:
    counting = {one.id for one in people if one.counts}
    first = asked_first(people)
    assert first <= counting
    assert bool(first) == bool(counting)
    assert not first & backups(people)
    assert first | backups(people) >= {one.id for one in people if one.counts and not one.away}


@given(offices())
def test_whoever_is_away_is_asked_only_where_nobody_is_there(people: list[Somebody]) -> None:
    here = {one.id for one in people if one.counts and not one.away}
    assert asked_first(people) <= here or not here


@given(offices(), climbs)
def test_everything_is_said_once(people: list[Somebody], climbed: dict[Rung, datetime]) -> None:
    """Said again and again, as by a porter that dies in between, until nothing is left to say."""
    heard: dict[UUID, dict[str, datetime]] = {}
    for _ in range(3):
        for id, says in calls(people, climbed, heard):
            heard.setdefault(id, {}).setdefault(says, NOON)
    assert [(id, says) for id, says in calls(people, climbed, heard) if says not in heard[id]] == []
    for known in heard.values():
        assert sum(says in known for says in ASKS) <= 1
        assert not (Rung.MANAGER in known and any(says in known for says in ASKS))


@given(offices(), climbs, st.sampled_from(IDS))
def test_who_was_asked_is_not_asked_again_whoever_leaves_or_comes(
    people: list[Somebody], climbed: dict[Rung, datetime], asked: UUID
) -> None:
    for known in ({OPEN: NOON}, {str(Rung.BACKUP): NOON}):
        said = [says for id, says in calls(people, climbed, {asked: known}) if id == asked]
        assert [says for says in said if says in ASKS and says not in known] == []


def test_at_first_those_who_are_there_are_asked_and_the_stand_in_though_a_backup() -> None:
    ada = Somebody(ADA, counts=True, away=True, stand_in=BOB)
    bob = Somebody(BOB, counts=True, backup=True)
    cleo = Somebody(CLEO, counts=True, backup=True)
    assert asked_first([ada, bob, cleo]) == {BOB}
    assert backups([ada, bob, cleo]) == {CLEO}


def test_a_stand_in_whose_answer_does_not_count_gets_nothing_and_the_others_do() -> None:
    ada = Somebody(ADA, counts=True, away=True, stand_in=MIA)
    mia = Somebody(MIA, counts=False, manager=True)
    bob = Somebody(BOB, counts=True)
    assert asked_first([ada, mia, bob]) == {BOB}
    assert asked_first([ada, mia]) == {ADA}


def test_managers_are_those_who_were_not_asked_or_who_stands_in_for_them() -> None:
    ada = Somebody(ADA, counts=True)
    mia = Somebody(MIA, counts=False, manager=True, away=True, stand_in=NED)
    ned = Somebody(NED, counts=False)
    assert managers([ada, mia, ned]) == {NED}
    assert managers([ada, mia]) == {MIA}
    assert managers([Somebody(MIA, counts=True, manager=True)]) == frozenset()


def test_a_reminder_is_for_those_who_were_asked_before_it_was_due() -> None:
    people = [Somebody(ADA, counts=True), Somebody(BOB, counts=True)]
    climbed = {Rung.REMINDER: LATER}
    said = calls(people, climbed, {ADA: {OPEN: NOON}, BOB: {OPEN: LATER + timedelta(seconds=1)}})
    assert (ADA, Rung.REMINDER) in said
    assert (BOB, Rung.REMINDER) not in said
