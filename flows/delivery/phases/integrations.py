"""A consent at a third party: asked for, given by a person on that service's own page, and tried."""

from agents.delivery import apollo
from agents.delivery.project import Integration, Project
from checkpoints.core.errors import Refused
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.known import slug_of
from flows.delivery.phases.credentials import checked, settle_unread
from flows.gate import Question
from flows.outcomes import Refusal, Settled
from flows.steps import Effect
from flows.work import Work

KIND = "third-party-integration"


def integrate(work: Work, project: Project, service: str) -> Settled | Refusal:
    """Asks for consent at the service of this short name, and checks it. Raises Refused for an unknown one."""
    wanted = _wanted(project, service)
    question = Question(
        KIND,
        lambda _: apollo.ask_integration(project, wanted, work.desk.sandbox_url),
        apollo.change_integration,
    )

    def effect(point: Checkpoint) -> Effect:
        return checked(work, point, apollo.check_of_integration(point.request))

    return settle_unread(work, question, effect)


def _wanted(project: Project, service: str) -> Integration:
    found = next((wanted for wanted in project.integrations if slug_of(wanted.name) == service), None)
    if found is None:
        raise Refused(f"The brief names no integration “{service[:80]}”. Nothing was asked.")
    return found
