"""A service's credential: asked for, and once a person gave it, really tried; and the tickets that a release is handed.

Rule: a run never holds a value. It opens a handle, and gets a ticket that only the sandbox can redeem.
"""

from collections.abc import Sequence
from uuid import UUID

from agents.delivery import apollo
from agents.delivery.project import Project, ThirdParty
from checkpoints.actions.by_runs import opening
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.calls import Call
from checkpoints.core.work.services.known import slug_of
from checkpoints.core.work.signs import Sign, of_status
from flows.gate import Question
from flows.outcomes import Refusal, Settled, settle, void_because
from flows.ports import services
from flows.steps import Effect, Result
from flows.work import Work

KIND = "api-credential"


def provide_credential(work: Work, project: Project, service: str) -> Settled | Refusal:
    """Asks for the credential of the service of this short name, and checks it. Raises Refused for an unknown one."""
    party = _party(project, service)
    sandbox = work.desk.sandbox_url

    def asked(_: int) -> Request:
        return apollo.ask_credential(project, party, sandbox, void_because(work, KIND))

    call = apollo.check_of_credential(party, sandbox)
    return settle(work, Question(KIND, asked, apollo.change_credential), lambda point: checked(work, point, call))


def checked(work: Work, point: Checkpoint, call: Call | None) -> Effect:
    """Hands the credential over: opens it, as its approval allows, and calls the service with it."""

    def hand_over() -> Result:
        if call is None:
            return {"check": "nobody here knows how to check it"}
        ticket = opening.open_check(work.desk, work.run, point, f"{point.label}: to check it")
        answer = services(work).call(work.case.slug, ticket, call)
        if answer.good:
            return {"check": answer.says, "status": str(answer.status)}
        after = f" Try again after {answer.retry_after} s." if answer.retry_after else ""
        other = " Once it is in order there, retry; or say “another key”." if answer.status in (401, 403) else ""
        sign = Sign.TOKEN_EXPIRED if answer.expired else of_status(answer.status)
        raise Unavailable(f"{answer.says}.{after}{other}", sign=sign)

    return Effect("hand over the credential", lambda: point.request.subject.parameters, hand_over)


def tickets_for(work: Work, services: Sequence[str], why: str) -> tuple[UUID, ...]:
    """A ticket for the credential of each of these services (short names). Raises Refused for one that isn't there."""
    return opening.open_for_release(work.desk, work.run, services, why)


def _party(project: Project, service: str) -> ThirdParty:
    found = next((party for party in project.third_parties if slug_of(party.name) == service), None)
    if found is None:
        raise Refused(f"The brief names no API “{service[:80]}”. Nothing was asked.")
    return found
