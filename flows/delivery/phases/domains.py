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
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.release import Environment
from checkpoints.settings import Settings
from checkpoints.store.documents import dump, load
from flows import gate
from flows.outcomes import NotNeeded, Refusal, Settled, earlier, every_earlier, settle, void_because
from flows.ports import deployer
from flows.steps import Effect, Result, step
from flows.work import Work

DOMAIN = "domain"
REGISTERED = ("api-credential", "third-party-integration")
"""Kinds whose question names a redirect address."""
FOUND: TypeAdapter[tuple[Registration, ...]] = TypeAdapter(tuple[Registration, ...])


def set_domain(work: Work, project: Project) -> Settled | Refusal:
    """Asks for the name, serves production under it, and has a person set the records that it needs."""
    settings = Settings()
    names = _names(work, project, settings)

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
        return Refusal(f"{settled.sentence}. It goes on under {host}.")
    told = [f"Production is served under {_host(settled.point)}.", *_records(work, settled.point, settings)]
    return Settled(settled.point, settled.result | {"sentence": " ".join(told)})


def update_redirects(work: Work, project: Project) -> Settled | Refusal | NotNeeded:
    """A person updates the redirect addresses of the apps that were registered before there was a name."""
    chosen = earlier(work, DOMAIN)
    host = _host(chosen.point) if chosen else _names(work, project, Settings()).subdomain
    found = step(work, f"apps to tell of {host}", lambda: {"found": dump(FOUND, _registrations(work))})
    registered = load(FOUND, found["found"])
    if not registered:
        return NotNeeded("No app was registered before there was a name.")
    why = f"They were registered before the project had a name; it is {host} now."
    steps = domains.redirect_steps(registered, host)
    task = manual.ask_task(domains.AGENT, "Update redirect addresses", steps, why)
    answer = _asked(work, f"redirects-{host}", task)
    return Settled(answer, {"sentence": _told(answer)}) if _is_done(answer) else Refusal(_told(answer))


def _names(work: Work, project: Project, settings: Settings) -> Names:
    plan = earlier(work, "terraform-plan")
    return domains.names_of(project, settings.agency_domain, plan.result.get("address", "") if plan else "")


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
    said = _told(_asked(work, f"{DOMAIN}/records-{point.number}", task))
    still = step(work, f"look the records up again ({point.label})", look)["missing"]
    return [said, f"Not seen yet, for names take time: {still}." if still else "Its records are seen."]


def _registrations(work: Work) -> tuple[Registration, ...]:
    """Of what was given, and of what is still asked for: who registers an app tomorrow reads the same address."""
    given = [settled.point for kind in REGISTERED for settled in every_earlier(work, kind)]
    open_now = [point for point in reading.waiting_in(work.desk, work.case.slug) if point.kind in REGISTERED]
    found = (
        domains.registration(point.request, point.decision.fields if point.decision else {})
        for point in (*given, *open_now)
    )
    return tuple(one for one in found if one)


def _asked(work: Work, name: str, task: Request) -> Checkpoint:
    return gate.answered(work, gate.Question(name, lambda _: task, asking_back.cannot_change))


def _is_done(answer: Checkpoint) -> bool:
    decision = answer.decision
    return answer.state is State.APPROVED and decision is not None and decision.fields.get("outcome") == DONE


def _told(answer: Checkpoint) -> str:
    """What became of a task for a person, in a sentence."""
    task = f"{answer.label}, “{answer.request.action}”,"
    if _is_done(answer):
        return f"{task} is done."
    why = (answer.decision.note if answer.decision else answer.because) or "no reason was given"
    return f"{task} is not done: {why}."
