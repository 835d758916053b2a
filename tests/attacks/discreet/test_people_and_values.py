"""No error repeats a person's token, link, code or password, an agent's token, or a value that somebody gives."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from checkpoints.actions.credentials import giving
from checkpoints.actions.from_outside.agents import licensing
from checkpoints.actions.people import joining, proving
from checkpoints.actions.people.accounts import admitting, choosing, recovering
from checkpoints.actions.people.by_link import linking
from checkpoints.core.fields import secrets_of
from checkpoints.core.model import Role
from countersign import request_credential_now
from tests.attacks.discreet.conftest import Ear
from tests.integration.credentials.asked import GIVEN, press, request
from tests.integration.desk.people.hashing import hashed_quickly
from tests.integration.from_outside.agents.serving import AGENT, NoVault, ask, let, running_door
from tests.integration.page.serving import Page, hidden
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend
from to_tools import identity
from to_tools.agent_api.hands import Vault

pytestmark = pytest.mark.promise("F5.1")

TOKEN = "Cn4rYQ0n8TqLm5xYb2WcRf7HsJp1DgUa9eK4iOtVhN6"
PASSWORD = "canary of & many+words 7"
VALUE = "canary/4711+0123456789?abcdef"
PEM = f"-----BEGIN PRIVATE KEY-----\n{'CanaryMIIEvQIBADANBg' * 4}\n-----END PRIVATE KEY-----"
JSON = f'{{"type": "service_account", "private_key": "{VALUE}"'
DAMAGED = {
    "key": f"{VALUE} and more",
    "service account": JSON,
    "private key": PEM,
    "ssh private key": PEM.replace("PRIVATE", "OPENSSH PRIVATE"),
    "certificate": PEM.replace("PRIVATE KEY", "CERTIFICATE"),
    "address": VALUE,
    "sendgrid key": VALUE,
    "stripe key": VALUE,
}


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with hashed_quickly(monkeypatch):
        yield


def test_no_door_repeats_a_token_or_a_sign_in_link(office: Office, page: Page, shell: Shell, ear: Ear) -> None:
    link = joining.new_token(office.desk, office.ada, "sign-in link")
    with page.stranger() as stranger:
        stranger.post("/sign-in", data={"token": link})
    elsewhere = joining.new_token(office.desk, office.ada, "page")
    with page.stranger() as stranger:
        for token in (link, elsewhere, TOKEN, f"{TOKEN}\n", f"{TOKEN}\x00"):
            ear.answer(stranger.post("/sign-in", data={"token": token}))
        ear.answer(stranger.post("/sign-in", data={"token": TOKEN, "more": TOKEN}))
        ear.answer(stranger.get(f"/sign-in/{TOKEN}"))
        stranger.cookies.set("countersign-8710", TOKEN)
        ear.answer(stranger.get("/audit"))
        signed = {"authorization": f"Bearer {TOKEN}"}
        ear.answer(stranger.post("/api/credential-requests/sample/1/approve", json={"value": VALUE}, headers=signed))
    for token in (link, TOKEN):
        ear.no(partial(identity.verify, office.desk, token))
    ear.shell(shell.run("sign-in", "--token-stdin", said=TOKEN.encode()))
    ear.shell(shell.run("sign-in", "--token-stdin", said=elsewhere.encode()))
    ear.shell(shell.run("inbox", COUNTERSIGN_TOKEN_FILE=str(_file(shell.folder / "token", elsewhere))))
    ear.silent_about(link, elsewhere, TOKEN, VALUE)


def test_no_password_code_or_seed_is_repeated(office: Office, page: Page, ear: Ear) -> None:
    choosing.choose(office.desk, office.mira, PASSWORD)
    enrolling = proving.enrol(office.desk, office.mira)
    ear.no(partial(proving.confirm, office.desk, office.mira, "1-canary-code"))
    app = office.enrol(office.ada)
    code = app.code(1)
    codes = recovering.renew(office.desk, office.ada)
    for typed in (code, codes[0]):
        proving.prove(office.desk, office.ada, typed)
        ear.no(partial(proving.prove, office.desk, office.ada, typed))
    ear.no(partial(proving.end, office.desk, office.ada, codes[0]))
    for word in (PASSWORD[:11], PASSWORD * 99):
        ear.no(partial(choosing.choose, office.desk, office.mira, word))
    ear.no(partial(admitting.sign_in, office.desk, "Mira", f"{PASSWORD}!", codes[1]))
    (office.desk.home / "keys" / "factor.key").write_text(app.seed)
    ear.no(partial(proving.prove, office.desk, office.ada, app.code(2)))
    with page.stranger() as stranger:
        for name in ("Mira", "Nobody", "\x00"):
            form = {"name": name, "password": f"{PASSWORD}!", "code": code, "recovery": codes[1]}
            ear.answer(stranger.post("/sign-in/password", data=form))
        ear.answer(stranger.post("/sign-in/password", data={"password": PASSWORD, PASSWORD: codes[1]}))
    ear.silent_about(PASSWORD, enrolling.seed, app.seed, code, *codes[:2], codes[0].replace("-", ""))


def test_no_client_link_is_repeated(office: Office, page: Page, ear: Ear) -> None:
    office.person("Cleo", Role.CLIENT)
    point = office.ask(office.case(), spend("600"))
    _, address = linking.make(office.desk, office.ada, point.label, "Cleo")
    token = address.rpartition("/")[2]
    ear.no(partial(linking.make, office.desk, office.ada, point.label, "Nobody"))
    with page.stranger() as stranger:
        drawn = stranger.get(f"/link/{token}")
        assert drawn.status_code == 200
        form = hidden(drawn.text) | {"form_token": "another", "verdict": "approve"}
        ear.answer(stranger.post(f"/link/{TOKEN}/answer", data=form))
        assert linking.revoke(office.desk, office.ada, point.label, "Cleo") == 1
        for link in (token, TOKEN, f"{TOKEN}%00"):
            ear.answer(stranger.get(f"/link/{link}"))
            ear.answer(stranger.post(f"/link/{link}/answer", data=form))
    ear.no(partial(identity.by_link, office.desk, token))
    ear.silent_about(token, TOKEN)


def test_no_agents_token_is_repeated_or_written_down(office: Office, ear: Ear, tmp_path: Path) -> None:
    office.case()
    scout, tried = let(office), tmp_path / "tried"
    with running_door(office.asker, tried, NoVault(), Vault("", "")) as door:
        with door.agent(scout.token) as agent:
            ear.answer(ask(agent, expires_in_minutes=scout.token))
            ear.answer(ask(agent, project_id=scout.token[:20]))
            ear.answer(ask(agent, key=f"{scout.token} {scout.token}"))
            ear.answer(agent.get(f"/v1/requests/{scout.token}/1"))
            ear.answer(agent.post(f"/v1/requests/sample/{scout.token}/take"))
            ear.answer(agent.post("/v1/requests/sample/1/answer", json={"token": scout.token}))
            licensing.end(office.desk, scout.owner, AGENT)
            ear.answer(ask(agent))
        with door.agent(TOKEN) as stranger:
            ear.answer(ask(stranger))
        asking = partial(request_credential_now, "sample", "SendGrid", url=door.url, state=tmp_path, patience_s=0.1)
        for token in (scout.token, TOKEN, f"{TOKEN}\n", f"{TOKEN}é", f"{TOKEN} x"):
            ear.no(partial(asking, token=token))
    ear.heard.append(tried.read_text())
    ear.no(partial(identity.verify, office.desk, scout.token))
    ear.silent_about(scout.token, TOKEN)


@pytest.mark.parametrize("shape", DAMAGED)
def test_no_value_that_will_not_do_is_repeated(office: Office, page: Page, ear: Ear, shape: str) -> None:
    asked = request()
    (first, *_) = secrets_of(asked.fields)
    fields = tuple(replace(field, shape=shape) if field.name == first.name else field for field in asked.fields)
    point = office.ask(office.case(), replace(asked, fields=fields))
    value = DAMAGED[shape]
    canary = value.splitlines()[1] if "\n" in value else VALUE
    for values in (
        GIVEN | {first.name: value},
        GIVEN | {first.name: f"{value}\x1b"},
        GIVEN | {first.name: f" {value}"},
        GIVEN | {first.name: f"{value}é"},
        GIVEN | {value: value},
        {value: value},
    ):
        ear.no(partial(giving.give, office.desk, office.ada, press(point), values))
    signed = {"authorization": f"Bearer {joining.new_token(office.desk, office.ada, 'shell')}"}
    with page.stranger() as script, page.browser(office.ada) as ada:
        at = f"/api/credential-requests/{point.label}/approve"
        for body in ({"value": value}, {"value": [value]}, {value: value}, {"fields": {value: value}}, {"code": value}):
            ear.answer(script.post(at, json=body, headers=signed))
            ear.answer(script.post(at.replace("approve", "door"), json=body, headers=signed))
        ear.answer(script.post(at, content=f'{{"value": "{value}', headers=signed))
        given = f"/checkpoints/{point.label}/credential"
        form = hidden(ada.get(given).text) | {"note": ""}
        ear.answer(ada.post(given, data=form | {f"field.{first.name}": value}))
        ear.answer(ada.post(given, data=form | {value: value}))
    ear.silent_about(canary)


def test_no_value_given_in_the_shell_is_repeated(office: Office, shell: Shell, ear: Ear) -> None:
    point = office.ask(office.case(), request())
    for said in (
        f"consumer_key={VALUE}\nredirect_uri=https://a/\n",
        f"{VALUE}={VALUE}\n",
        VALUE,
        f"consumer_key={VALUE}",
    ):
        ear.shell(shell.run("credential", "give", point.label, said=said.encode()))
    ear.silent_about(VALUE)


def _file(path: Path, content: str) -> Path:
    path.write_text(content)
    return path
