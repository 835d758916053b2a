"""A person asks for a deployment, or for the way back: a run of its own makes it ready, and asks at the desk."""

from dataclasses import dataclass
from itertools import count

from checkpoints.actions.courses import starting
from checkpoints.core.authority import decides_for
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.work.release import Environment
from checkpoints.store import audit, cases, people, runs
from checkpoints.store.desk import Desk

ROLL_BACK = "rollback-production"


@dataclass(frozen=True)
class Begun:
    """The branch that makes it ready: what it asks has a number of its own."""

    case: str
    branch: str


def deploy(desk: Desk, person: Person, slug: str, environment: Environment) -> Begun:
    """Builds the project's release anew and asks to deploy it there. Raises Refused, NotYourCall, IllegalMove."""
    return _begin(desk, person, slug, f"deploy-{environment}")


def roll_back(desk: Desk, person: Person, slug: str) -> Begun:
    """Asks to put the release before the present one back into production. Raises as `deploy`."""
    return _begin(desk, person, slug, ROLL_BACK)


def _begin(desk: Desk, person: Person, slug: str, what: str) -> Begun:
    with desk.transaction() as tx:
        case = cases.project(tx, slug) if slug.isascii() and slug.isprintable() else None
        if case is None:
            raise Refused(f"There is no project “{clean(slug)}”. List them with: countersign project list")
        cases.lock(tx, case.id)
        decides_for(people.standing(tx, person), (Role.TO, Role.MANAGER), False, slug, case=slug)
        if cases.state(tx, case.id) not in ("running", "delivered"):
            raise IllegalMove(f"{slug} is {case.state}: nothing is deployed in it. Nothing was asked.")
        known = runs.of_case(tx, case.id)
        if any(run.branch.startswith(f"{what}/") and not run.ended for run in known):
            raise IllegalMove(f"Such a run of {slug} is at work already: see countersign project show {slug}")
        taken = {run.branch for run in known}
        branch = next(name for number in count(1) if (name := f"{what}/{number}") not in taken)
        run_id = starting.start_run(tx, case.id, branch, body={"for": str(person.id)})
        body: dict[str, Json] = {"case": slug, "what": what, "by": person.name, "run": str(run_id)}
        audit.append(tx, "deployment wished for", body)
        return Begun(slug, branch)
