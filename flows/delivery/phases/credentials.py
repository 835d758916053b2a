"""A service's credential: asked for, and once a person gave it, really tried; and the tickets that a release is handed.

Rule: a run never holds a value. It opens a handle, and gets a ticket that only the sandbox can redeem.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from agents import asking_back
from agents.delivery import apollo
from agents.delivery.project import Project, ThirdParty
from checkpoints.actions import reading
from checkpoints.actions.by_runs import opening
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services import stolen
from checkpoints.core.work.services.calls import Call
from checkpoints.core.work.services.known import slug_of
from checkpoints.core.work.signs import Sign, of_status
from flows.gate import Ask, Question, answered
from flows.outcomes import Refusal, Settled, settle, void_because
from flows.ports import services
from flows.steps import Effect, Result
from flows.work import Work

KIND = "api-credential"
READ_FIRST = "somebody may have read the value before: it is ended and forgotten, and this is to be another"


def provide_credential(work: Work, project: Project, service: str) -> Settled | Refusal:
    """Asks for the credential of the service of this short name, and checks it. Raises Refused for an unknown one."""
    party = _party(project, service)
    sandbox = work.desk.sandbox_url

    def asked(_: int) -> Request:
        return apollo.ask_credential(project, party, sandbox, void_because(work, KIND))

    call = apollo.check_of_credential(party, sandbox)
    question = Question(KIND, asked, apollo.change_credential)
    return settle_unread(work, question, lambda point: checked(work, point, call))


def settle_unread(work: Work, question: Question, effect: Callable[[Checkpoint], Effect]) -> Settled | Refusal:
    """As `settle`, of a credential: where somebody may have read it before its user, another is asked for.

    That is waited with until a person says that it is made and the old one revoked, or that they won't.
    """

    def heed(point: Checkpoint) -> str:
        return READ_FIRST if _alarmed(work, point) else ""

    settled = settle(work, question, effect, heed)
    while isinstance(settled, Settled) and _alarmed(work, settled.point):
        another = replace(question, name=f"{question.name}/after-{settled.point.number}", ask=_anew(question))
        settled = settle(work, another, effect, heed)
    return settled


def _alarmed(work: Work, point: Checkpoint) -> bool:
    """Whether the desk rang an alarm about what this answer gave; its question is answered then, whatever with."""
    under = reading.asked_under(work.desk, work.run, stolen.question_of(point))
    asked = [alarm for alarm in under if alarm.request.agent == stolen.AGENT]
    for alarm in asked:
        answered(work, Question(alarm.question, _as_it_is(alarm), asking_back.cannot_change))
    return bool(asked)


def _as_it_is(asked: Checkpoint) -> Ask:
    return lambda _: asked.request


def _anew(question: Question) -> Ask:
    def asked(attempt: int) -> Request:
        request = question.ask(attempt)
        return replace(request, changed=request.changed or (READ_FIRST,))

    return asked


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
