"""What must hold after chaos, by what people were told, what is recorded, and what has happened in the world.

Rule: one line a breach, which names its checkpoint or project.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checkpoints.actions import reading
from checkpoints.core.lifecycle import WAITING, Permit, State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Case, Checkpoint
from tests.acceptance.chaos.crowd import Crowd, stands
from tests.stage import asking_flow

OF_THE_RULE = 50
"""Dollars a month from which on the rule passes nothing."""


def breaches(crowd: Crowd, slugs: list[str]) -> list[str]:
    """All of them."""
    found = [f"{word}: taken though another revision waits" for word in crowd.stale]
    for word, times in Counter((word.label, word.revision, word.person) for word in crowd.told).items():
        if times > 1:
            found.append(f"{word}: {times} times told that it is recorded")
    for slug in slugs:
        story = reading.story(crowd.desk, slug)
        points = [shown.point for shown in story.cards]
        found += [*_of_the_case(crowd, story.case, points), *_of_its_questions(crowd, points)]
    return found


def _of_the_case(crowd: Crowd, case: Case, points: list[Checkpoint]) -> Iterator[str]:
    """It ended as its last answer says, and its effect happened as often as that: once, or never."""
    asked = [point for point in points if point.kind == "spend"]
    approved = bool(asked) and asked[-1].state is State.APPROVED
    happened = asking_flow.happened(crowd.desk.home, case.slug)
    if case.state != ("delivered" if approved else "refused"):
        yield f"{case.slug}: {case.state}, and its last question is {asked[-1].state if asked else 'not there'}"
    if happened != int(approved):
        yield f"{case.slug}: its effect happened {happened} times, approved: {approved}"
    if any(point.state is State.APPROVED for point in asked[:-1]):
        yield f"{case.slug}: approved, and asked once more"


def _of_its_questions(crowd: Crowd, points: list[Checkpoint]) -> Iterator[str]:
    for point in points:
        known = {word for word in (*crowd.told, *crowd.found) if word.label == point.label}
        for word in known:
            if not stands(point, word):
                yield f"{point.label}: acknowledged and not there: {word}"
        if point.state in WAITING:
            yield f"{point.label}: still {point.state}"
        if point.state is not State.APPROVED:
            continue
        if point.permit is not Permit.DONE:
            yield f"{point.label}: approved, and its permit is {point.permit}"
        if not _was_approved(point, {word.person for word in known if _yes(word.verdict, word.revision, point)}):
            yield f"{point.label}: approved, and nobody who had to has said so"


def _was_approved(point: Checkpoint, people: set[object]) -> bool:
    assert point.requirement is not None
    assert point.decision is not None
    if point.decision.by_rule:
        cost = point.request.cost
        return cost is not None and cost.high is not None and cost.high < OF_THE_RULE
    return len(people) == len(point.requirement.roles)


def _yes(verdict: Verdict | None, revision: int, point: Checkpoint) -> bool:
    return verdict is Verdict.APPROVE and revision == point.revision
