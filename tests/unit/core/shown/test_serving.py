"""What a project's story says is served, and what became of a person's wishes."""

from dataclasses import replace
from uuid import UUID

from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Subject
from checkpoints.core.shown.serving import served, wished
from checkpoints.core.shown.story import what_next
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import Ran, Stage
from checkpoints.rules.catalogue import read_catalogue
from tests.unit.core.points import point

ADDRESS = "http://localhost:8720/read-later-digest/production/"


def release(number: int, digest: str, environment: str = "production", permit: Permit = Permit.DONE) -> Checkpoint:
    asked = point()
    subject = Subject("the image", {"release": digest * 64, "environment": environment})
    request = replace(asked.request, subject=subject)
    return replace(asked, id=UUID(int=number), number=number, request=request, state=State.APPROVED, permit=permit)


def test_what_was_done_last_is_served_whatever_its_number() -> None:
    points = [release(9, "a"), release(15, "b"), release(16, "a"), release(7, "c", "staging")]
    acted = [(UUID(int=7), ""), (UUID(int=9), ADDRESS), (UUID(int=16), ADDRESS), (UUID(int=15), ADDRESS)]
    assert served(points, acted) == (
        f"Production: bbbb bbbb bbbb is served at {ADDRESS}, as read-later-digest/15 approved it.",
        "Staging: cccc cccc cccc is served, as read-later-digest/7 approved it.",
    )


def test_what_was_not_done_is_not_served() -> None:
    assert served([release(9, "a", permit=Permit.UNKNOWN), point()], [(UUID(int=9), ADDRESS), (point().id, "")]) == ()


def test_a_wish_tells_what_became_of_it() -> None:
    ran = [
        Ran("rollback-production/1", True, "refused", "There is nothing to go back to"),
        Ran("deploy-staging/10", False, None, ""),
        Ran("deploy-staging/2", False, None, ""),
        Ran("terraform-plan", True, "done", "The infrastructure stands."),
    ]
    told = wished({run.branch: run for run in ran}, [replace(point(), number=12, branch="deploy-staging/2")])
    assert [(wish.title, wish.stage, wish.number) for wish in told] == [
        ("Deployment to staging, wish 2", Stage.OPEN, 12),
        ("Deployment to staging, wish 10", Stage.OPEN, None),
        ("Way back in production, wish 1", Stage.REFUSED, None),
    ]
    assert [wish.words for wish in told] == [
        "under way",
        "being made ready; then it is asked, under a number",
        "There is nothing to go back to",
    ]


def test_a_no_to_a_wish_changes_nothing() -> None:
    kind = read_catalogue()["production-deployment"]
    assert "the case ends undelivered" in what_next(replace(point(), branch="production-deployment"), kind)
    assert what_next(replace(point(), branch="deploy-production/1"), kind).endswith("after a no nothing changes.")
