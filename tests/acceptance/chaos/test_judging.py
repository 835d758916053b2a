"""The judge of chaos finds each breach that is planted, and nothing where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from checkpoints.actions.by_runs import acting, submitting
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run
from tests.acceptance.chaos.choices import Door, Said, Seed
from tests.acceptance.chaos.crowd import Crowd, Heard, Somebody, Word
from tests.acceptance.chaos.judging import breaches
from tests.stage import asking_flow
from tests.stage.desks import Office, spend

SLUG = "sample"
YES, NO = Said(Verdict.APPROVE), Said(Verdict.REJECT, "no need of it")


@pytest.fixture
def run(office: Office) -> Run:
    return office.case(SLUG)


@pytest.fixture
def point(office: Office, run: Run) -> Checkpoint:
    return office.ask(run, spend("60"))


@pytest.fixture
def crowd(office: Office) -> Crowd:
    return Crowd(office.desk, Seed(1), {Role.TO: [Somebody(office.ada, httpx.Client())]}, office.mira)


def say(crowd: Crowd, point: Checkpoint, said: Said) -> None:
    assert crowd.press(crowd.people[Role.TO][0], point, said, Door.ACTION) is Heard.RECORDED


def happen(crowd: Crowd, times: int) -> None:
    effects = crowd.desk.home / asking_flow.EFFECTS
    effects.parent.mkdir(parents=True, exist_ok=True)
    effects.write_text(f"{SLUG}\n" * times)


def deliver(crowd: Crowd, office: Office, run: Run, point: Checkpoint) -> None:
    """All as it should be: approved, done once, recorded, ended."""
    say(crowd, point, YES)
    begun = acting.begin(office.asker, run, point, "note it", point.digest, {})
    happen(crowd, 1)
    acting.finish(office.asker, run, begun.id, "done", {})
    submitting.ended(office.asker, run, "delivered", "over")
    office.receive()


def word(point: Checkpoint, verdict: Verdict | None) -> Word:
    return Word(point.label, point.revision, point.case_id, verdict, "")


def lost_decision(crowd: Crowd, point: Checkpoint) -> None:
    crowd.told.append(word(point, Verdict.REJECT))


def lost_withdrawal(crowd: Crowd, point: Checkpoint) -> None:
    crowd.found.add(word(point, None))


def told_twice(crowd: Crowd, point: Checkpoint) -> None:
    crowd.told.append(crowd.told[0])


def stale_card_taken(crowd: Crowd, point: Checkpoint) -> None:
    crowd.stale.append(word(point, Verdict.APPROVE))


def happened_twice(crowd: Crowd, point: Checkpoint) -> None:
    happen(crowd, 2)


def never_happened(crowd: Crowd, point: Checkpoint) -> None:
    happen(crowd, 0)


def nobody_said_yes(crowd: Crowd, point: Checkpoint) -> None:
    crowd.told.clear()


PLANTED = {
    lost_decision: "acknowledged and not there",
    lost_withdrawal: "acknowledged and not there",
    told_twice: "2 times told",
    stale_card_taken: "another revision waits",
    happened_twice: "happened 2 times",
    never_happened: "happened 0 times",
    nobody_said_yes: "nobody who had to has said so",
}


@pytest.mark.parametrize(("plant", "says"), PLANTED.items(), ids=[plant.__name__ for plant in PLANTED])
def test_a_breach_is_found_where_there_was_none(
    office: Office, crowd: Crowd, run: Run, point: Checkpoint, plant: Callable[[Crowd, Checkpoint], None], says: str
) -> None:
    deliver(crowd, office, run, point)
    assert breaches(crowd, [SLUG]) == []
    plant(crowd, point)
    (found,) = breaches(crowd, [SLUG])
    assert says in found


def test_an_approval_that_came_to_nothing_is_found(office: Office, crowd: Crowd, point: Checkpoint) -> None:
    say(crowd, point, YES)
    found = "\n".join(breaches(crowd, [SLUG]))
    assert "its permit is unused" in found
    assert "happened 0 times" in found


def test_a_question_that_still_waits_is_found(crowd: Crowd, point: Checkpoint) -> None:
    assert f"{point.label}: still open" in breaches(crowd, [SLUG])


def test_an_effect_after_a_no_is_found(office: Office, crowd: Crowd, run: Run, point: Checkpoint) -> None:
    say(crowd, point, NO)
    submitting.ended(office.asker, run, "refused", "over")
    office.receive()
    assert breaches(crowd, [SLUG]) == []
    happen(crowd, 1)
    (found,) = breaches(crowd, [SLUG])
    assert "happened 1 times, approved: False" in found


def test_one_seed_chooses_alike_whenever_it_is_asked(point: Checkpoint) -> None:
    assert Seed(7).choice(point) == Seed(7).choice(replace(point, state=State.APPROVED))
    assert {Seed(number).choice(point) for number in range(20)} != {Seed(7).choice(point)}
