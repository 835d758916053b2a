"""Under which name people reach a project: asked, served, looked up; a person sets records and redirect addresses."""

from pydantic import TypeAdapter

from agents import asking_back, manual
from agents.delivery import domains
from agents.delivery.domains import Names, Registration
from agents.delivery.project import Project
from checkpoints.actions import reading
from checkpoints.cloud.domains import missing, now
from checkpoints.core.fields import DONE
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Request
from checkpoints.core.release import Environment
from checkpoints.core.view import Checkpoint
from checkpoints.settings import Settings
from checkpoints.store.documents import dump, load
from flows import gate
from flows.delivery.releases import void_because
from flows.outcomes import Refusal, Settled, earlier, every_earlier, settle
from flows.ports import deployer
from flows.steps import Effect, Result, step
from flows.work import Work

DOMAIN = "domain"
REGISTERED = ("api-credential", "third-party-integration")
"""Kinds whose question names a redirect address."""
FOUND: TypeAdapter[tuple[Registration, ...]] = TypeAdapter(tuple[Registration, ...])


def set_domain(work: Work, project: Project) -> Settled | Refusal:
    """Asks for the name, serves production under it, and sees to what only people can do about it."""
    settings = Settings()
    plan = earlier(work, "terraform-plan")
    names = domains.names_of(project, settings.agency_domain, plan.result.get("address", "") if plan else "")

    def ask(names: Names, anew: str = "") -> Request:
        return domains.ask_domain(names, now(names.wish, settings.dns_server), anew)

    def change(request: Request, wish: str) -> Request | str:
        other = domains.wished(request, wish)
        return other if isinstance(other, str) else domains.changed_domain(request, ask(other))

    question = gate.Question(DOMAIN, lambda _: ask(names, void_because(work, DOMAIN)), change)
    settled = settle(work, question, lambda point: _served(work, point))
    if isinstance(settled, Refusal):
        # What a refusal leads to, as the kind's page says: the name at ours, which costs and hands over nothing.
        host = names.subdomain
        step(work, "go on under our subdomain", lambda: _serve(work, host))
        return Refusal(" ".join([f"{settled.sentence}. It goes on under {host}.", *_redirected(work, host)]))
    host = _host(settled.point)
    told = [f"Production is served under {host}.", *_records(work, settled.point, settings), *_redirected(work, host)]
    return Settled(settled.point, settled.result | {"sentence": " ".join(told)})


def _served(work: Work, point: Checkpoint) -> Effect:
    host = _host(point)
    return Effect(
        f"serve production under {host}", lambda: point.request.subject.parameters, lambda: _serve(work, host)
    )


def _serve(work: Work, host: str) -> Result:
    deployer(work).name_host(work.case.slug, Environment.PRODUCTION, host)
    return {"host": host}


def _host(point: Checkpoint) -> str:
    names = domains.names_in(point.request)
    return names.wish if _custom(point) else names.subdomain


def _custom(point: Checkpoint) -> bool:
    return point.decision is not None and point.decision.fields.get("option") == "custom"


def _records(work: Work, point: Checkpoint, settings: Settings) -> list[str]:
    """A person sets the records that are not there yet; then they are looked up again."""
    if not _custom(point):
        return []
    names = domains.names_in(point.request)

    def look() -> Result:
        return {"missing": "; ".join(missing(names.wish, names.address, settings.dns_server))}

    if not step(work, f"look the records up ({point.label})", look)["missing"]:
        return ["Its records are seen."]
    why = f"{names.wish} has to lead to {names.address}, and I can't write in the client's zone."
    task = manual.ask_task(domains.AGENT, f"Set the records of {names.wish}", domains.record_steps(names), why)
    said = _done(work, f"{DOMAIN}/records-{point.number}", task)
    still = step(work, f"look the records up again ({point.label})", look)["missing"]
    return [said, f"Not seen yet, for names take time: {still}." if still else "Its records are seen."]


def _redirected(work: Work, host: str) -> list[str]:
    """A person updates the redirect addresses of the apps that were registered before there was a name."""
    found = step(work, f"apps to tell of {host}", lambda: {"found": dump(FOUND, _registrations(work))})
    registered = load(FOUND, found["found"])
    if not registered:
        return []
    why = f"They were registered before the project had a name; it is {host} now."
    steps = domains.redirect_steps(registered, host)
    task = manual.ask_task(domains.AGENT, "Update redirect addresses", steps, why)
    return [_done(work, f"{DOMAIN}/redirects-{host}", task)]


def _registrations(work: Work) -> tuple[Registration, ...]:
    """Of what was given, and of what is still asked for: who registers an app tomorrow reads the same address."""
    given = [settled.point for kind in REGISTERED for settled in every_earlier(work, kind)]
    open_now = [point for point in reading.waiting_in(work.desk, work.case.slug) if point.kind in REGISTERED]
    found = (
        domains.registration(point.request, point.decision.fields if point.decision else {})
        for point in (*given, *open_now)
    )
    return tuple(one for one in found if one)


def _done(work: Work, name: str, task: Request) -> str:
    """What became of a task for a person, in a sentence: it doesn't stop the branch."""
    answer = gate.answered(work, gate.Question(name, lambda _: task, asking_back.cannot_change))
    decision = answer.decision
    if answer.state is State.APPROVED and decision is not None and decision.fields.get("outcome") == DONE:
        return f"{answer.label}, “{task.action}”, is done."
    why = (decision.note if decision else answer.because) or "no reason was given"
    return f"{answer.label}, “{task.action}”, is not done: {why}."
