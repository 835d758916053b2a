"""Every kind refused, expired and asked to change: its state, the sentence of the story, and what it leads to."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from checkpoints.actions import deciding, escalating, reading
from checkpoints.actions.by_runs import requesting, submitting
from checkpoints.actions.own import proposing
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Cost, Fact, Field, FieldSort, Request, Subject, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import Item
from checkpoints.rules.catalogue import read_catalogue
from tests.integration.courses.planned import PlannedCase, planned_case
from tests.integration.desk.moments import later
from tests.stage.desks import Office

KINDS = read_catalogue()
OWN = tuple(name for name, kind in KINDS.items() if kind.asker == "desk")
ORDER = tuple(name for name in KINDS if name not in OWN)
PLAN = tuple(Item(name, name, KINDS[name].title) for name in ORDER)
STAGING_ON = {"staging-deployment", "security-review", "compliance-review", "load-test", "production-deployment"}
LIVE = {"monitoring", "cost-optimisation"}
SPINE_ON = {"terraform-plan", "custom-infrastructure", "api-credential", "third-party-integration"}
DATA = {"database-migration", "data-migration", "domain"}


@dataclass(frozen=True)
class Leads:
    """What a no to a kind blocks, how the case ends when nothing else is asked, and what the story says comes next."""

    end: str
    says: str
    blocks: frozenset[str] = frozenset()


BLOCKED = "What needs it is not done, unless it is reopened."
GOES_ON = "The project goes on without it."
TABLE = {
    "project-approval": Leads("refused", "The case ends.", frozenset(ORDER[1:2]) | SPINE_ON | DATA | STAGING_ON | LIVE),
    "infrastructure-selection": Leads("undelivered", BLOCKED, frozenset(SPINE_ON | DATA | STAGING_ON | LIVE)),
    "api-credential": Leads("undelivered", BLOCKED, frozenset(STAGING_ON | LIVE)),
    "third-party-integration": Leads("delivered", BLOCKED),
    "terraform-plan": Leads("undelivered", BLOCKED, frozenset(DATA | STAGING_ON | LIVE)),
    "custom-infrastructure": Leads("undelivered", BLOCKED, frozenset(STAGING_ON | LIVE)),
    "database-migration": Leads("undelivered", BLOCKED, frozenset(STAGING_ON | LIVE)),
    "data-migration": Leads("undelivered", BLOCKED, frozenset({"production-deployment"} | LIVE)),
    "domain": Leads("delivered", GOES_ON),
    "staging-deployment": Leads("undelivered", BLOCKED, frozenset((STAGING_ON - {"staging-deployment"}) | LIVE)),
    "security-review": Leads("undelivered", BLOCKED, frozenset({"production-deployment"} | LIVE)),
    "compliance-review": Leads("undelivered", BLOCKED, frozenset({"production-deployment"} | LIVE)),
    "load-test": Leads("undelivered", BLOCKED, frozenset({"production-deployment"} | LIVE)),
    "production-deployment": Leads("undelivered", "The case ends undelivered.", frozenset(LIVE)),
    "monitoring": Leads("delivered", GOES_ON),
    "cost-optimisation": Leads("delivered", GOES_ON),
    "spend": Leads("delivered", BLOCKED),
    "manual-task": Leads("delivered", BLOCKED),
    "escalation": Leads("delivered", BLOCKED),
    "reconcile": Leads("delivered", BLOCKED),
    "role": Leads("delivered", "Nothing changes."),
    "rule": Leads("delivered", "Nothing changes."),
    "pre-approval": Leads("delivered", "Nothing changes."),
    "review": Leads("delivered", "Nothing changes."),
    "rotation": Leads("delivered", "Nothing changes."),
}


def request(kind: str, words: str = "as first asked") -> Request:
    """One of the kind that the desk takes; what it costs always needs a person."""
    wanted = KINDS[kind]
    return Request(
        kind=kind,
        agent="Hermes" if wanted.asker == "any" else wanted.asker,
        action=f"May this {kind} be done?",
        details="",
        subject=Subject("it", {"kind": kind, "words": words}),
        facts=tuple(Fact(label, "so") for label in wanted.facts),
        fields=tuple(Field(name, name, FieldSort.TEXT, default="so") for name in wanted.fields),
        cost=Cost(Decimal(60), Decimal(60)),
    )


@pytest.fixture
def project(office: Office) -> PlannedCase:
    return planned_case(office, plan=PLAN)


def come_to(project: PlannedCase, kind: str) -> Checkpoint:
    """The question of this kind, open; all that comes before it in the plan is done."""
    while kind not in {run.branch for run in project.alive()}:
        before = [branch for branch in ready(project) if branch != kind]
        project.start(*(before if kind not in ready(project) else [kind]))
        for branch in before if kind not in {run.branch for run in project.alive()} else ():
            project.end(branch)
    point = requesting.ask(project.office.asker, project.run(kind), kind, 1, request(kind))
    project.office.receive()
    return project.office.show(point)


def ready(project: PlannedCase) -> list[str]:
    return [branch for branch, stage in project.stages().items() if stage == "ready"]


def finish(project: PlannedCase, kind: str, words: str) -> str | None:
    """The branch ends refused, everything else that can be done is done; how the case ends then."""
    project.end(kind, "refused", words)
    while True:
        course, _ = reading.course(project.office.desk, project.case)
        if course.end is not None or not ready(project):
            return course.end
        branches = ready(project)
        project.start(*branches)
        for branch in branches:
            project.end(branch)


def told(project: PlannedCase, point: Checkpoint) -> str:
    card = next(s.card for s in reading.story(project.office.desk, project.case.slug).cards if s.point.id == point.id)
    return f"{card.stands} {card.next}"


def blocked(project: PlannedCase) -> Iterator[str]:
    return (branch for branch, stage in project.stages().items() if stage == "blocked")


def test_the_table_has_every_kind() -> None:
    assert set(TABLE) == set(KINDS)


@pytest.mark.parametrize("kind", ORDER)
def test_a_kind_that_is_rejected(project: PlannedCase, kind: str) -> None:
    office, leads = project.office, TABLE[kind]
    point = come_to(project, kind)
    no = deciding.Press(point.id, point.revision, point.digest, Verdict.REJECT, note="not like this")
    deciding.answer(office.desk, office.ada, no)
    assert f"{point.label} was rejected by Ada at" in told(project, point)
    assert leads.says in told(project, point)
    end = finish(project, kind, f"{point.label} was rejected: not like this")
    assert set(blocked(project)) == leads.blocks
    assert end == leads.end
    for branch in leads.blocks:
        assert f"blocked by {point.number} ({KINDS[kind].title})" in project.plan()[branch].words


@pytest.mark.parametrize("kind", ORDER)
def test_a_kind_that_nobody_answers(project: PlannedCase, kind: str) -> None:
    leads = TABLE[kind]
    point = come_to(project, kind)
    later(project.office, "31 days")
    assert escalating.expire_next(project.office.desk)
    assert project.office.show(point).state is State.EXPIRED
    assert f"{point.label} expired at" in told(project, point)
    assert "not approved: nobody answered in time" in told(project, point)
    assert leads.says in told(project, point)
    assert finish(project, kind, f"{point.label} was expired") == leads.end
    assert set(blocked(project)) == leads.blocks


@pytest.mark.parametrize("kind", ORDER)
def test_a_kind_that_is_asked_to_change(project: PlannedCase, kind: str) -> None:
    office = project.office
    point = come_to(project, kind)
    wish = deciding.Press(point.id, point.revision, point.digest, Verdict.CHANGES, note="another way")
    deciding.answer(office.desk, office.ada, wish)
    assert f"Ada asked for changes to {point.label}" in told(project, point)
    assert f"{request(kind).agent} is changing the request" in told(project, point)
    submitting.revise(office.asker, project.run(kind), point, request(kind, "another way"))
    office.receive()
    after = office.show(point)
    assert (after.state, after.revision) == (State.OPEN, 2)
    assert after.digest != point.digest
    assert f"{point.label} is open and waits for the technical operator" in told(project, point)
    assert list(blocked(project)) == []


@pytest.mark.parametrize("kind", OWN)
def test_a_kind_of_the_desks_own_is_asked_by_no_run_and_changes_nothing_after_a_no_or_no_answer(
    office: Office, kind: str
) -> None:
    run = office.case("planned")
    assert "can't be asked in planned" in office.ask(run, request(kind)).because
    asked = []
    for words in ("one", "other"):
        wanted = request(kind)
        subject = Subject("it", {"change": words})
        asked.append(proposing.propose(office.desk, office.mira, replace(wanted, subject=subject, cost=None)))
    office.receive()
    first = reading.show(office.desk, asked[0]).point
    no = deciding.Press(first.id, first.revision, first.digest, Verdict.REJECT, note="not like this")
    deciding.answer(office.desk, office.ada, no)
    later(office, "31 days")
    assert escalating.expire_next(office.desk)
    for label, state in zip(asked, (State.REJECTED, State.EXPIRED), strict=True):
        card = reading.show(office.desk, label).card
        assert (card.state, TABLE[kind].says in card.next) == (state, True)
