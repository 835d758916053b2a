"""After delivery: production is watched against the thresholds that were approved, and what can be had cheaper is."""

from functools import partial

from pydantic import TypeAdapter

from agents.delivery import operations, wishes
from agents.delivery.project import Project, Sizes
from checkpoints.core.errors import Refused
from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.release import Deployed, Environment
from checkpoints.store.documents import dump, load
from flows.delivery.phases.development import create_infrastructure
from flows.delivery.phases.releases import standing_sizes
from flows.delivery.tables import price_of_alarms, prices
from flows.gate import Question
from flows.outcomes import NotNeeded, Refusal, Settled, settle
from flows.ports import deployer
from flows.steps import Effect, Result, step
from flows.work import Work

SIZES: TypeAdapter[Sizes | None] = TypeAdapter(Sizes | None)


def set_monitoring(work: Work, project: Project) -> Settled | Refusal:
    """Asks for the thresholds; from then on the porter probes production against them."""

    def ask(_: int) -> Request:
        cost = price_of_alarms(standing_sizes(work, project).region)
        return operations.ask_monitoring(project, _live(work), cost, operations.thresholds_for(project))

    def effect(point: Checkpoint) -> Effect:
        watched = partial(operations.watched, project)
        return Effect("set the alarms", lambda: watched(_live(work)), lambda: _set(point), outside=False)

    return settle(work, Question("monitoring", ask, operations.change_monitoring), effect)


def optimise_cost(work: Work, project: Project) -> Settled | Refusal | NotNeeded:
    """Proposes a step down, where it saves; after a yes the change is planned, and asked about as the plan it is."""
    price_of = prices(project)
    stands, wanted = _proposal(work, project)
    if wanted is None or not operations.saves(price_of(stands), price_of(wanted)):
        return NotNeeded("Nothing is cheaper: the stack has the smallest sizes already")

    def change(request: Request, wish: str) -> Request | str:
        return operations.change_saving(request, wish, project, stands, price_of)

    def effect(point: Checkpoint) -> Effect:
        chosen = operations.wanted_sizes(point.request)
        return Effect(
            "accept the proposal",
            lambda: operations.saving_terms(project, standing_sizes(work, project), chosen),
            lambda: {name: str(value) for name, value in chosen.as_parameters().items()},
            outside=False,
        )

    question = Question("cost-optimisation", lambda _: operations.ask_saving(project, stands, wanted, price_of), change)
    accepted = settle(work, question, effect)
    if isinstance(accepted, Refusal):
        return accepted
    return create_infrastructure(work, project, operations.wanted_sizes(accepted.point.request))


def _proposal(work: Work, project: Project) -> tuple[Sizes, Sizes | None]:
    """What stands and what is proposed, as the run first found it: the change itself makes both untrue."""

    def found() -> Result:
        stands = standing_sizes(work, project)
        return {"stands": dump(SIZES, stands), "wanted": dump(SIZES, wishes.one_cheaper(stands))}

    proposal = step(work, "what could be cheaper", found)
    stands = load(SIZES, proposal["stands"])
    assert stands is not None
    return stands, load(SIZES, proposal["wanted"])


def _live(work: Work) -> Deployed:
    served = deployer(work).current(work.case.slug, Environment.PRODUCTION)
    if served is None:
        raise Refused("Nothing is served in production, so nothing can be watched. Nothing was asked: deploy first.")
    return served


def _set(point: Checkpoint) -> Result:
    fields = point.decision.fields if point.decision else {}
    return {"address": str(point.request.subject.parameters["address"])} | {
        name: fields[name] for name in ("p95_ms", "error_percent")
    }
