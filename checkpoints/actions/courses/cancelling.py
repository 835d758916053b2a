"""A person cancels a case, for good: what is open is withdrawn, its runs end, and what it holds is cleaned up."""

from checkpoints.actions.courses import ending
from checkpoints.actions.credentials.forgetting import end_credentials
from checkpoints.core.authority import decides_for
from checkpoints.core.errors import IllegalMove, Refused, Unavailable
from checkpoints.core.fields import check_note, clean
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store import audit, cases, errands, people, runs
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand

ENDED_FOR_GOOD = frozenset({"cancelled"})
STACKS = ("terraform-plan", "custom-infrastructure")
SERVED = "production-deployment"


def cancel(desk: Desk, person: Person, slug: str, because: str) -> Case:
    """The case as it ends. With production served it needs a second factor, for it is taken down.

    Raises Refused, NotYourCall, IllegalMove when it was cancelled before.
    """
    if not because.strip():
        raise Refused("Say why the project is cancelled: the story shows it. Nothing was changed.")
    check_note(because)
    with desk.transaction() as tx:
        known = slug.isascii() and slug.isprintable() and cases.project(tx, slug)
        if not known:
            raise Refused(f"There is no project “{clean(slug)}”. List them with: countersign project list")
        points = ending.locked(tx, slug)
        cases.lock(tx, known.id)
        if cases.state(tx, known.id) in ENDED_FOR_GOOD:
            raise IllegalMove(f"{slug} was cancelled before. Nothing was changed.")
        served = any(point.kind == SERVED and point.permit == "done" for point in points)
        decides_for(people.standing(tx, person), (Role.TO, Role.MANAGER), served, slug, case=slug)
        ending.close(tx, points, person, f"the project was cancelled: {because}")
        ending.end_others(tx, runs.alive(tx, known.id), "the project was cancelled")
        end_credentials(tx, known.id, "its project was cancelled")
        cases.cancel(tx, known.id, _outcome(points, because))
        body: dict[str, Json] = {"case": slug, "by": person.name, "because": because}
        audit.append(tx, "case cancelled", body)
        errands.add(tx, "clean", str(known.id), {"case": slug})
        case = cases.by_id(tx, known.id)
    assert case is not None
    return case


def clean_up(desk: Desk, errand: Errand) -> None:
    """Carries the errand that a cancelled case leaves: nothing of it is served any more. Raises Unavailable."""
    if desk.deployer is None:
        raise Unavailable("this process has no place where releases are served")
    desk.deployer.stop(errand.body["case"])


def _outcome(points: list[Checkpoint], because: str) -> str:
    stands = [point.label for point in points if point.kind in STACKS and point.permit in ("done", "unknown")]
    rest = f" The infrastructure of {', '.join(stands)} still stands: remove it by hand." if stands else ""
    return f"{because.rstrip('.')}. What was served is taken down, and its credentials are forgotten.{rest}"
