"""A project gets its name: a person chooses, production is served under it, and what only people can do is asked."""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest

from agents.delivery.project import Project
from checkpoints.core.errors import Refused
from checkpoints.core.model import Fact, Field, FieldSort, Request, Subject, Verdict
from checkpoints.core.ports import Deployer
from checkpoints.fence import Fence
from checkpoints.terraform.runner import Runner
from flows.delivery.phases import development
from flows.delivery.phases.domains import set_domain, update_redirects
from flows.outcomes import NotNeeded, Refusal, Settled
from flows.work import Work
from tests.stage.desks import Office
from tests.stage.passes import Passes, passes
from tests.stage.wires.name_server import NameServer, running_name_server
from tests.unit.delivery.test_agents import PROJECT

CUSTOM, SUBDOMAIN = {"option": "custom"}, {"option": "subdomain"}
HOST, OURS = "digest.client.com", "read-later-digest.aiagency.app"
DONE, COULD_NOT = {"outcome": "done"}, {"outcome": "could not"}
CALLBACK = "https://[pending-domain]/auth/pocket/callback"
End = Settled | Refusal | NotNeeded


class Front:
    """Serves projects under names, each of one project, as the sandbox's does."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def name_host(self, case: str, environment: str, host: str) -> None:
        if self.names.setdefault(host, case) != case:
            raise Refused(f"{host} is another project's. Nothing was changed.")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    with running_name_server() as running:
        monkeypatch.setenv("COUNTERSIGN_DNS_SERVER", running.address)
        yield running


@pytest.fixture
def front() -> Front:
    return Front()


@pytest.fixture
def planned(office: Office) -> Passes[End]:
    """The same case, once its infrastructure stands."""
    runner = Runner(Fence(office.settings.home))
    creating = passes(office, PROJECT.slug, plan, terraform=runner)
    assert creating.go() is None
    assert isinstance(creating.answer(1, Verdict.APPROVE), Settled)
    return creating


def plan(work: Work) -> End:
    return development.plan_infrastructure(work, PROJECT)


def naming(office: Office, front: Front, project: Project = PROJECT) -> Passes[End]:
    return passes(office, project.slug, lambda work: set_domain(work, project), deployer=cast(Deployer, front))


def redirecting(office: Office) -> Passes[End]:
    return passes(office, PROJECT.slug, lambda work: update_redirects(work, PROJECT))


def said(end: End | None) -> str:
    assert isinstance(end, Settled)
    return end.result["sentence"]


def titles(branch: Passes[End]) -> list[str]:
    return [point.request.action for point in branch.points()]


def facts(request: Request, label: str) -> list[str]:
    return [fact.value for fact in request.facts if fact.label == label]


def register_an_app(office: Office, branch: Passes[End], callback: str = CALLBACK) -> None:
    """A credential asked for while the project has no name."""
    facts = tuple(Fact(label, "so") for label in ("Service", "Scope", "Restrictions"))
    fields = (Field("redirect_uri", "Redirect URI", FieldSort.TEXT, callback),)
    subject = Subject("the app", {"service": "pocket"})
    request = Request("api-credential", "Apollo", "Need Pocket", "", subject, facts, fields)
    office.ask(branch.work.run, request, question="pocket")


@pytest.mark.usefixtures("planned", "server")
def test_our_subdomain_is_served_at_once_and_nothing_more_is_asked(office: Office, front: Front) -> None:
    branch = naming(office, front)
    assert branch.go() is None
    assert said(branch.answer(2, Verdict.APPROVE, SUBDOMAIN)) == f"Production is served under {OURS}."
    assert front.names == {OURS: PROJECT.slug}


@pytest.mark.usefixtures("planned")
def test_records_that_are_there_already_are_seen(office: Office, front: Front, server: NameServer) -> None:
    branch = naming(office, front)
    assert branch.go() is None
    (asked,) = [point.request for point in branch.points() if point.kind == "domain"]
    assert facts(asked, "Now") == [f"{HOST} does not resolve yet"]
    assert facts(asked, "Records")[0] == f"{HOST}. 300 IN A 203.0.113.10"
    server.records[f"{HOST}.", "A"] = ("203.0.113.10",)
    server.records[f"www.{HOST}.", "CNAME"] = (f"{HOST}.",)
    assert said(branch.answer(2, Verdict.APPROVE, CUSTOM)) == (
        f"Production is served under {HOST}. Its records are seen."
    )
    assert front.names == {HOST: PROJECT.slug}


@pytest.mark.usefixtures("planned")
def test_a_person_sets_the_records_and_they_are_looked_up_again(
    office: Office, front: Front, server: NameServer
) -> None:
    branch = naming(office, front)
    branch.go()
    assert branch.answer(2, Verdict.APPROVE, CUSTOM) is None
    assert titles(branch)[-1] == f"Set the records of {HOST}"
    server.records[f"{HOST}.", "A"] = ("203.0.113.10",)
    end = said(branch.answer(3, Verdict.APPROVE, DONE, note="set at the registrar"))
    assert "is done. Not seen yet, for names take time" in end
    assert f"www.{HOST} CNAME is not there, not {HOST}" in end


@pytest.mark.usefixtures("planned", "server")
@pytest.mark.parametrize(
    ("verdict", "fields"), [(Verdict.APPROVE, COULD_NOT), (Verdict.REJECT, {})], ids=["could not", "no"]
)
def test_records_that_nobody_can_set_hold_up_nothing(
    office: Office, front: Front, verdict: Verdict, fields: dict[str, str]
) -> None:
    branch = naming(office, front)
    branch.go()
    branch.answer(2, Verdict.APPROVE, CUSTOM)
    end = said(branch.answer(3, verdict, fields, note="the client lost the registrar's login"))
    assert "is not done: the client lost the registrar's login. Not seen yet" in end


@pytest.mark.usefixtures("planned", "server")
def test_apps_that_were_registered_without_a_name_are_asked_to_be_updated(office: Office, front: Front) -> None:
    branch = naming(office, front)
    register_an_app(office, branch)
    branch.go()
    branch.answer(3, Verdict.APPROVE, SUBDOMAIN)
    telling = redirecting(office)
    assert telling.go() is None
    task = telling.points()[-1].request
    assert (task.kind, task.action) == ("manual-task", "Update redirect addresses")
    assert f"{CALLBACK} by https://{OURS}/auth/pocket/callback" in facts(task, "Steps")[0]
    assert said(telling.answer(4, Verdict.APPROVE, DONE)).endswith("“Update redirect addresses”, is done.")


@pytest.mark.usefixtures("planned", "server")
def test_redirect_addresses_that_could_not_be_updated_are_left_out_and_said(office: Office, front: Front) -> None:
    branch = naming(office, front)
    register_an_app(office, branch)
    branch.go()
    branch.answer(3, Verdict.REJECT, note="no name yet")
    telling = redirecting(office)
    telling.go()
    end = telling.answer(4, Verdict.APPROVE, COULD_NOT, note="the account is locked")
    assert isinstance(end, Refusal)
    assert end.sentence.endswith("is not done: the account is locked.")


@pytest.mark.usefixtures("planned", "server")
def test_an_app_with_a_real_address_is_left_as_it_is(office: Office, front: Front) -> None:
    branch = naming(office, front)
    register_an_app(office, branch, f"https://{HOST}/auth/pocket/callback")
    branch.go()
    branch.answer(3, Verdict.APPROVE, SUBDOMAIN)
    assert isinstance(redirecting(office).go(), NotNeeded)


@pytest.mark.usefixtures("planned", "server")
def test_a_no_leads_to_our_subdomain_and_names_it(office: Office, front: Front) -> None:
    branch = naming(office, front)
    branch.go()
    end = branch.answer(2, Verdict.REJECT, note="the client has no domain yet")
    assert isinstance(end, Refusal)
    assert end.sentence == f"{PROJECT.slug}/2 was rejected: the client has no domain yet. It goes on under {OURS}."
    assert front.names == {OURS: PROJECT.slug}


@pytest.mark.usefixtures("planned", "server")
def test_another_domain_is_asked_about_with_its_own_records(office: Office, front: Front) -> None:
    branch = naming(office, front)
    branch.go()
    assert branch.answer(2, Verdict.CHANGES, note="app.client.com, please") is None
    asked = branch.points()[-1]
    assert (asked.number, asked.revision) == (2, 2)
    assert facts(asked.request, "Records")[0] == "app.client.com. 300 IN A 203.0.113.10"
    branch.answer(2, Verdict.APPROVE, CUSTOM)
    assert front.names == {"app.client.com": PROJECT.slug}


@pytest.mark.usefixtures("server")
def test_without_infrastructure_of_ours_only_the_subdomain_can_be_had(office: Office, front: Front) -> None:
    branch = naming(office, front)
    branch.go()
    (asked,) = branch.points()
    assert facts(asked.request, "Records") == ["none: no address is known"]
    with pytest.raises(Refused, match="Right would be one of subdomain"):
        branch.answer(1, Verdict.APPROVE, CUSTOM)


@pytest.mark.usefixtures("planned", "server")
def test_a_name_of_another_project_is_refused_and_asked_anew(office: Office, front: Front) -> None:
    front.names[HOST] = "other"
    branch = naming(office, front, replace(PROJECT, domain=HOST))
    branch.go()
    assert branch.answer(2, Verdict.APPROVE, CUSTOM) is None
    assert [(point.number, point.state) for point in branch.points()][1:] == [(2, "void"), (3, "open")]
    assert facts(branch.points()[-1].request, "Asked anew") == [f"{HOST} is another project's. Nothing was changed."]
    assert front.names == {HOST: "other"}
