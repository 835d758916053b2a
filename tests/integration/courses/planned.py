"""A case with a plan, without Prefect: its runs do what a test says, by the asker's login."""

from dataclasses import dataclass
from decimal import Decimal

from checkpoints.actions import reading
from checkpoints.actions.by_runs import acting, requesting, submitting
from checkpoints.actions.courses import opening
from checkpoints.core.digest import digest
from checkpoints.core.shown.course import Planned
from checkpoints.core.view import Case, Checkpoint
from checkpoints.core.work.plan import Item, NewCase, Stage
from checkpoints.store import runs
from checkpoints.store.runs import Run
from tests.stage.desks import Office, spend

SPINE = (
    Item("project-approval", "project-approval", "Project approval"),
    Item("infrastructure-selection", "infrastructure-selection", "Infrastructure selection"),
    Item("api-credential/pocket", "api-credential", "API credential: Pocket"),
    Item("api-credential/sendgrid", "api-credential", "API credential: SendGrid"),
    Item("terraform-plan", "terraform-plan", "Terraform plan"),
    Item("domain", "domain", "Domain"),
    Item("staging-deployment", "staging-deployment", "Staging deployment"),
    Item("production-deployment", "production-deployment", "Production deployment"),
)


@dataclass(frozen=True)
class PlannedCase:
    """A case of an office, and hands for its runs."""

    office: Office
    case: Case

    def run(self, branch: str = "main") -> Run:
        """The branch's run that is at work."""
        (found,) = [run for run in self.alive() if run.branch == branch]
        return found

    def alive(self) -> list[Run]:
        """Every run at work, the first started first."""
        with self.office.desk.transaction() as tx:
            return runs.alive(tx, self.case.id)[::-1]

    def on_their_way(self) -> set[str]:
        """The branches whose start the porter has to carry."""
        known = {str(run.id): run.branch for run in self.alive()}
        with self.office.desk.transaction() as tx:
            keys = tx.exec_driver_sql("select key from desk.errand where kind = 'start' and done_at is null").scalars()
            return {known[key] for key in keys if key in known}

    def start(self, *branches: str) -> None:
        """The main run starts them, and the desk receives it."""
        submitting.start(self.office.asker, self.run(), branches)
        self.office.receive()

    def ask(self, branch: str) -> Checkpoint:
        """The branch asks for 60 EUR, and the desk receives it."""
        point = requesting.ask(self.office.asker, self.run(branch), branch, 1, spend("60"))
        self.office.receive()
        return self.office.show(point)

    def end(self, branch: str, state: str = "done", words: str = "so it is") -> None:
        """The branch's run says its last word."""
        submitting.ended(self.office.asker, self.run(branch), state, words)
        self.office.receive()

    def deliver(self, state: str) -> None:
        """The main run says how the case ends, knowing the course that it has now."""
        _, course = reading.course(self.office.desk, self.case)
        submitting.ended(self.office.asker, self.run(), state, "over", course)
        self.office.receive()

    def plan(self) -> dict[str, Planned]:
        """What the story says of each branch."""
        return {entry.branch: entry for entry in reading.story(self.office.desk, self.case.slug).plan}

    def stages(self) -> dict[str, Stage]:
        return {branch: entry.stage for branch, entry in self.plan().items()}

    def state(self) -> str:
        return reading.story(self.office.desk, self.case.slug).case.state

    def act(self, branch: str, point: Checkpoint) -> None:
        """The branch's run does what was approved."""
        run = self.run(branch)
        fields = point.decision.fields if point.decision else {}
        subject = digest(point.request.subject.parameters)
        begun = acting.begin(self.office.asker, run, point, f"act ({point.label})", subject, fields)
        acting.finish(self.office.asker, run, begun.id, "done", {})


def planned_case(office: Office, slug: str = "planned", plan: tuple[Item, ...] = SPINE) -> PlannedCase:
    """Opened by Mira, its main run on its way."""
    new = NewCase(slug, "delivery", slug.title(), "Client Inc.", Decimal(500), {}, plan)
    case = opening.open_case(office.desk, office.mira, new)
    return PlannedCase(office, case)
