"""The twelve cases of an escalation: each error is raised by the real library, against a real process or server."""

import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client

from agents.delivery.project import Spend
from checkpoints.core.errors import Countersign, OutcomeUnknown, Refused
from checkpoints.core.work.release import Environment
from checkpoints.core.work.services.calls import Call
from checkpoints.core.work.signs import Sign
from checkpoints.credentials import checking
from checkpoints.fence import Fence
from checkpoints.settings import Settings
from checkpoints.terraform import engines
from checkpoints.terraform.runner import Runner
from flows.delivery.phases.development import spend
from flows.delivery.phases.releases import deploy_staging
from flows.delivery.phases.reviews import review_security
from flows.recognising import recognise, said
from tests.integration.releases.conftest import Delivery
from tests.integration.releases.test_deploying import facts
from tests.stage.releases import UNHEALTHY, variant
from tests.stage.sandbox import RunningSandbox, running_sandbox
from tests.stage.wires.answering import Answer, Answering, answering

CASE = "twelve"
EXPIRED = 'Bearer realm="api", error="invalid_token", error_description="The access token expired"'
AT_APPLY = """
resource "terraform_data" "network" {}
resource "terraform_data" "database" {
  lifecycle {
    precondition {
      condition     = terraform_data.network.id == "vpc"
      error_message = "SAYS"
    }
  }
}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    with answering() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    home, sources = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("sources")
    with running_sandbox(Settings(home=home), sources) as running:
        yield running


@pytest.mark.parametrize(
    ("answer", "sign"),
    [
        (Answer(401), Sign.KEY_REJECTED),
        (Answer(403), Sign.KEY_REJECTED),
        (Answer(401, headers={"www-authenticate": EXPIRED}), Sign.TOKEN_EXPIRED),
        (Answer(410), Sign.API_CHANGE),
        (Answer(404), Sign.API_CHANGE),
        (Answer(200, b"not gzip", {"content-encoding": "gzip"}), Sign.API_CHANGE),
        (Answer(429, headers={"retry-after": "30"}), Sign.RATE_LIMIT),
        (Answer(503), Sign.OUTAGE),
    ],
)
def test_what_a_service_answers(server: Answering, answer: Answer, sign: Sign) -> None:
    with pytest.raises(httpx.HTTPError) as caught:
        httpx.get(server.at("/call", answer)).raise_for_status()
    assert recognise(caught.value) is sign
    assert server.address not in said(caught.value)


def test_a_credential_s_check_tells_an_expired_token_from_a_rejected_key(server: Answering) -> None:
    call = Call("pocket", "GET", server.at("/check", Answer(401, headers={"www-authenticate": EXPIRED})), {})
    answer = checking.in_a_child(call, {})
    assert (answer.status, answer.good, answer.expired) == (401, False, True)
    assert answer.says == "pocket says that the token has expired (401)"
    assert not checking.in_a_child(replace(call, url=server.at("/401")), {}).expired


@pytest.mark.parametrize(
    ("body", "sign"),
    [
        (b'{"error": "invalid_client"}', Sign.KEY_REJECTED),
        (b'{"error": "invalid_grant", "error_description": "The code verifier does not match"}', Sign.OAUTH_FLOW),
        (b'{"error": "invalid_scope"}', Sign.OAUTH_FLOW),
        (b'{"error": "invalid_grant", "error_description": "The refresh token has expired"}', Sign.TOKEN_EXPIRED),
    ],
)
def test_what_a_token_endpoint_answers(server: Answering, body: bytes, sign: Sign) -> None:
    where = server.at("/token", Answer(400, body, {"content-type": "application/json"}))
    with (
        OAuth2Client("client", "secret", token={"refresh_token": "old"}) as client,
        pytest.raises(AuthlibBaseError) as caught,
    ):
        client.refresh_token(where)
    assert recognise(caught.value) is sign


def test_an_answer_to_another_state_than_ours() -> None:
    with OAuth2Client("client") as client, pytest.raises(AuthlibBaseError) as caught:
        client.fetch_token(
            "http://localhost/token", authorization_response="http://localhost/?code=1&state=a", state="b"
        )
    assert recognise(caught.value) is Sign.OAUTH_FLOW


def test_a_token_whose_time_is_over_and_that_nothing_renews() -> None:
    old = {"access_token": "old", "token_type": "Bearer", "expires_at": int(time.time()) - 60}
    with OAuth2Client("client", token=old) as client, pytest.raises(AuthlibBaseError) as caught:
        client.get("http://localhost/")
    assert recognise(caught.value) is Sign.TOKEN_EXPIRED


def closed_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def nobody_listens(_: Answering) -> None:
    httpx.get(f"http://127.0.0.1:{closed_port()}/")


def nobody_answers(_: Answering) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        httpx.get(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.2)


def no_such_name(_: Answering) -> None:
    socket.getaddrinfo("name.invalid", 443)


def no_tls(server: Answering) -> None:
    httpx.get(server.address.replace("http:", "https:"))


def refused_by_the_system(_: Answering) -> None:
    socket.create_connection(("127.0.0.1", closed_port())).close()


@pytest.mark.parametrize("call", [nobody_listens, nobody_answers, no_such_name, no_tls, refused_by_the_system])
def test_what_the_network_says(server: Answering, call: Callable[[Answering], None]) -> None:
    with pytest.raises((httpx.HTTPError, OSError)) as caught:
        call(server)
    assert recognise(caught.value) is Sign.NETWORK


def test_no_more_room_to_write(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = 1 << 30
    with (tmp_path / "file").open("wb") as file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(OSError) as caught:  # noqa: PT011 -- its number is what is recognised
                os.pwrite(file.fileno(), b"x", limit)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert recognise(caught.value) is Sign.RESOURCE_LIMIT


@pytest.mark.parametrize(
    ("says", "sign"),
    [
        ("The subnet does not exist", Sign.PROVISIONING),
        ("VpcLimitExceeded: The maximum number of VPCs has been reached", Sign.RESOURCE_LIMIT),
    ],
)
def test_an_apply_that_fails_half_way(tmp_path: Path, says: str, sign: Sign) -> None:
    runner = with_template(tmp_path, AT_APPLY.replace("SAYS", says))
    planned = runner.plan(CASE, "given", {})
    with pytest.raises(OutcomeUnknown) as caught:
        runner.apply(CASE, planned.binding)
    assert recognise(caught.value) is sign
    assert says not in str(caught.value)


def test_a_plan_that_terraform_refuses(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        with_template(tmp_path, 'resource "terraform_data" "x" { input = nothing.here }').plan(CASE, "given", {})
    assert recognise(caught.value) is Sign.PROVISIONING


def with_template(home: Path, text: str) -> Runner:
    (home / "templates" / "given").mkdir(parents=True)
    (home / "templates" / "given" / "main.tf").write_text(text)
    return Runner(Fence(home / "home"), home / "templates", next(iter(engines.available())))


def test_a_release_that_never_gets_healthy(sandbox: RunningSandbox) -> None:
    release = sandbox.deployer.build(CASE, variant(sandbox.deployer.sources, "unhealthy", {"app.py": UNHEALTHY}))
    with pytest.raises(Refused) as caught:
        sandbox.deployer.deploy(CASE, Environment.STAGING, release.digest, ())
    assert recognise(caught.value) is Sign.HEALTH_CHECK


def test_a_release_that_somebody_changed(sandbox: RunningSandbox) -> None:
    release = sandbox.deployer.build(CASE, variant(sandbox.deployer.sources, "changed"))
    file = sandbox.settings.home / "releases" / CASE / release.digest / "app.py"
    file.chmod(0o600)
    file.write_text("print('another')\n")
    with pytest.raises(Countersign) as caught:
        sandbox.deployer.kept(CASE, release.digest)
    assert recognise(caught.value) is Sign.SECURITY


def test_code_that_the_scanners_refuse(delivery: Delivery, sandbox: RunningSandbox) -> None:
    unsafe = {"unsafe.py": "import subprocess\n\n\ndef run(words):\n    subprocess.run(words, shell=True)\n"}
    variant(sandbox.deployer.sources, "unsafe", unsafe)
    delivery.deployer = sandbox.deployer
    delivery.project = replace(delivery.project, release="unsafe")
    delivery.asked("staging-deployment", deploy_staging)
    shown = facts(delivery.asked("security-review", review_security))
    assert shown["Recognised as"].value == Sign.SECURITY


def test_costs_that_go_over_the_budget(delivery: Delivery) -> None:
    delivery.project = replace(delivery.project, budget=Decimal(40))
    wanted = Spend("error tracking", Decimal(45))
    asked = delivery.asked("spend/1", lambda work, project: spend(work, project, 1, wanted))
    assert facts(asked)["Recognised as"].value == Sign.COST_OVERRUN
    assert facts(asked)["Group"].value == Sign.COST_OVERRUN.group
