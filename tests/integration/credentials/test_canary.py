"""A planted secret, given on the page and in the shell, checked and handed to a release, is nowhere but with its user.

Rule: the real sandbox, the real child and the real release; every file, table and process is looked through.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from zipfile import ZipFile

import pytest

from checkpoints.actions import deciding
from checkpoints.actions.audit import exporting
from checkpoints.actions.by_runs import acting
from checkpoints.core.model import Subject
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.release import Environment
from checkpoints.credentials.checking import Sandbox
from checkpoints.settings import Settings
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from flows.delivery.phases.credentials import provide_credential, tickets_for
from flows.outcomes import Refusal, Settled
from flows.work import Work
from tests.integration.credentials.asked import press, project, tables
from tests.integration.page.serving import Page, hidden
from tests.integration.shell.commands import Shell
from tests.plugins import canaries
from tests.stage.cluster import SessionCluster
from tests.stage.desks import Office, spend
from tests.stage.passes import Passes, passes
from tests.stage.sandbox import SAMPLE, RunningSandbox, running_sandbox

STAGING = Environment.STAGING


@dataclass(frozen=True)
class Canaries:
    """Keys of the right shape that nothing else can hold."""

    pocket: str
    sendgrid: str

    def in_text(self, text: str) -> bool:
        return canaries.occurs(text, self.pocket, self.sendgrid)


@pytest.fixture
def planted() -> Canaries:
    return Canaries(f"4711-{secrets.token_hex(12)}", f"SG.{secrets.token_hex(11)}.{secrets.token_hex(20)}")


@pytest.fixture
def sandbox(office: Office) -> Iterator[RunningSandbox]:
    with running_sandbox(office.settings) as running:
        yield running


def branch(office: Office, sandbox: RunningSandbox, service: str) -> Passes[Settled | Refusal]:
    """The branch of one service's credential, once it waits for a person."""
    found = passes(office, "sample", lambda work: provide_credential(work, project(), service))
    services = Sandbox(sandbox.deployer.socket)
    desk = replace(found.work.desk, services=services, sandbox_url=sandbox.settings.sandbox_url)
    with office.desk.transaction() as tx:
        run = runs.by_id(tx, runs.add(tx, found.work.case.id, f"api-credential/{service}"))
    assert run is not None
    asking = replace(found, work=replace(found.work, desk=desk, run=run))
    asking.go()
    return asking


def at_work(office: Office, digest: str) -> Work:
    """A run in the midst of deploying this release to staging, which was approved."""
    main = passes(office, "sample", lambda _: None).work
    asked = spend(subject=Subject("the image", {"release": digest, "environment": "staging"}))
    approved = deciding.answer(office.desk, office.ada, press(office.ask(main.run, asked, "deploy")))
    acting.begin(office.asker, main.run, approved, "deploy", approved.digest, {})
    return main


def give_on_the_page(page: Page, office: Office, point: Checkpoint, key: str) -> None:
    with page.browser(office.ada) as ada:
        address = f"/checkpoints/{point.label}/credential"
        form = hidden(ada.get(address).text.partition('class="answer"')[2]) | {"note": "made today"}
        slip = form | {"field.consumer_key": key + "!", "field.redirect_uri": "https://a.example"}
        assert ada.post(address, data=slip).status_code == 422
        given = ada.post(address, data=slip | {"field.consumer_key": key})
        assert given.status_code == 303, given.text


def exported(office: Office) -> list[str]:
    """What an auditor is given."""
    made = exporting.export(office.desk, office.ada, None, None, office.settings.home / "audit.zip")
    with ZipFile(made.path) as packed:
        return [packed.read(name).decode() for name in packed.namelist()]


def test_a_planted_secret_is_nowhere_but_in_the_vault_and_with_its_user(
    desk: Desk,
    office: Office,
    page: Page,
    sandbox: RunningSandbox,
    cluster: SessionCluster,
    planted: Canaries,
    shell: Shell,
) -> None:
    pocket = branch(office, sandbox, "pocket")
    give_on_the_page(page, office, pocket.points()[-1], planted.pocket)
    assert isinstance(pocket.go(), Settled)
    sendgrid = branch(office, sandbox, "sendgrid")
    line = f"api_key={planted.sendgrid}\n".encode()
    said = shell.run("credential", "give", sendgrid.points()[-1].label, said=line)
    assert said.code == 0, said.err
    assert isinstance(sendgrid.go(), Settled)
    release = sandbox.deployer.build("sample", SAMPLE)
    tickets = tickets_for(at_work(office, release.digest), release.secrets, "staging")
    sandbox.deployer.deploy("sample", STAGING, release.digest, tickets)
    assert set(release.secrets) == {"pocket", "sendgrid"}
    sandbox.health("sample", STAGING)
    with page.browser(office.ada) as ada:
        seen = [ada.get(path).text for path in ("/", "/projects/sample", "/audit", "/checkpoints/sample/1")]
    looked = [said.out, said.err, *seen, *exported(office), tables(office), canaries.processes()]
    assert not any(planted.in_text(text) for text in looked)
    with cluster.superuser() as superuser:
        superuser.execute("checkpoint")
    settings: Settings = office.settings
    found, noted = [], 0
    for path, content in canaries.files(settings.home, cluster.settings.home, cluster.cluster.data.resolve()):
        noted += "made today" in content
        if planted.in_text(content):
            found.append(path)
    # The note that went with it is found, so what is looked through is the right thing.
    assert (found, noted > 0) == ([], True)
    vault = settings.home / "vault" / "embedded.vault"
    assert not planted.in_text(vault.read_bytes().decode("latin-1"))
