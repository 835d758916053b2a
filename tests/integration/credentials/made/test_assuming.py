"""A role at AWS is assumed anew at each opening: for how long, from where, by whom, and that it lies nowhere."""

import json
import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from moto.sts.models import AssumedRole, sts_backends

from checkpoints.actions.by_runs import acting
from checkpoints.actions.credentials import entrusting, handing, recounting, redeeming
from checkpoints.actions.credentials.life import revoking
from checkpoints.cloud.aws import Aws
from checkpoints.core.errors import Countersign, Intercepted, Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import WHILE_IT_LIVES, Wanted, ask
from checkpoints.core.work.services.assumed import ASSUMED, is_role, role_of, seconds_of, session_of
from checkpoints.core.work.services.handing import UNRESTRICTED, Handed, Restrictions, is_lease
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from countersign import errors as outside
from countersign import vault as client
from countersign.now import finished
from tests.integration.credentials.asked import agent_ticket, press, tables
from tests.integration.credentials.life.stage import operator
from tests.integration.page.serving import hidden
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office
from tests.stage.servers.amazon import SECRET, Amazon
from tests.stage.servers.openbao import MOUNT, OpenBao
from tests.stage.wires.between import between

ACCOUNT = "123456789012"
PATH = f"aws/sts/{ACCOUNT}/countersign/read-only"
ROLE = role_of(PATH)
HELD = Restrictions(("10.0.0.0/8", "2001:db8::/32"), 30)
VALUES = {"access_key_id": "ASIACANARY", "secret_access_key": "canary-secret", "session_token": "canary-token"}


def last() -> AssumedRole:
    """What AWS heard last."""
    assumed: AssumedRole = sts_backends[ACCOUNT]["aws"].assumed_roles[-1]
    return assumed


def many() -> int:
    return len(sts_backends[ACCOUNT]["aws"].assumed_roles)


@pytest.fixture
def asked(office: Office, run: Run) -> Checkpoint:
    """A key at AWS, for an agent from outside and its releases, for half an hour."""
    opens = {"agent": WHILE_IT_LIVES, "deployment": WHILE_IT_LIVES}
    return office.ask(run, ask(Wanted("sample", "Sample", "AWS", restrictions=HELD, opens=opens)))


def given(office: Office, run: Run, asked: Checkpoint) -> Checkpoint:
    """Ada named a role, and the run had it."""
    after = entrusting.give_existing(office.desk, office.ada, press(asked), PATH, {})
    assert after.decision is not None
    acting.begin(office.asker, run, after, "hand over", after.digest, after.decision.fields)
    return after


def taken(desk: Desk, office: Office, run: Run, point: Checkpoint) -> dict[str, str]:
    """As the desk's own sandbox has it."""
    ticket = agent_ticket(office.asker, run, point, "to look")
    return redeeming.taken(desk, redeeming.redeem(desk, ticket, run.case, "agent"))


@pytest.mark.parametrize(
    ("minutes", "lasts"), [(None, 3600), (1, 900), (15, 900), (16, 960), (90, 5400), (721, 43200), (527_040, 43200)]
)
def test_it_lasts_as_long_as_was_approved_as_far_as_aws_does_that(minutes: int | None, lasts: int) -> None:
    assert seconds_of(minutes) == lasts


def test_a_path_of_a_role_is_told_from_one_in_a_vault_and_its_session_is_named_after_the_question() -> None:
    assert role_of(PATH).arn == f"arn:aws:iam::{ACCOUNT}:role/countersign/read-only"
    assert is_role(f"aws/sts/{ACCOUNT}/creds/x")
    assert not is_lease(f"aws/sts/{ACCOUNT}/creds/x")
    assert not any(is_role(path) for path in ("aws/creds/read-only", "team/aws/sts/1/x", "aws/stsx", ""))
    for path in (
        "aws/sts/read-only",
        f"aws/sts/{ACCOUNT}/",
        f"aws/sts/{ACCOUNT}/*",
        f"aws/sts/{ACCOUNT}/a//b",
        "aws/sts/",
    ):
        with pytest.raises(Refused, match="Right would be aws/sts/123456789012/read-only"):
            role_of(path)
    assert session_of("sample/4") == "sample.4"
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", session_of("a" * 63 + "/1234567"))


def test_what_is_assumed_is_held_to_its_minutes_and_networks_by_aws_itself(aws: Aws) -> None:
    made = aws.assume(ROLE, "sample.4", HELD)
    heard = last()
    assert made == {name: getattr(heard, name) for name in ASSUMED}
    assert (heard.role_arn, heard.session_name) == (ROLE.arn, "sample.4")
    assert json.loads(heard.policy)["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}},
        }
    ]
    aws.assume(ROLE, "sample.4", UNRESTRICTED)
    assert last().policy is None


@pytest.mark.promise("F5.1")
def test_what_aws_is_told_says_how_long_and_whatever_it_answers_no_key_is_repeated(
    amazon: Amazon, tmp_path: Path
) -> None:
    def says(code: str) -> Callable[[object], tuple[int, bytes]]:
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{SECRET}</Message></Error></ErrorResponse>"
        return lambda _: (403, text.encode())

    half = (
        f"<AssumeRoleResponse><AssumeRoleResult><Credentials><SecretAccessKey>{SECRET}</SecretAccessKey></Credentials>"
    )
    with between(amazon.url) as way:
        aws = Amazon(way.address).login(tmp_path / "aws")
        for trouble, kind, told in (
            (says("AccessDenied"), Unavailable, "doesn't let the desk assume"),
            (says("InvalidClientTokenId"), Unavailable, "doesn't let the desk assume"),
            (says("ValidationError"), Refused, "assumed for 30 minutes"),
            (says("Throttling"), Unavailable, "does not answer"),
            (lambda _: (200, half.encode()), Unavailable, "does not answer"),
            (
                lambda _: (200, f"{half}</AssumeRoleResult></AssumeRoleResponse>".encode()),
                Unavailable,
                "does not answer",
            ),
            (lambda _: (500, SECRET.encode()), Unavailable, "does not answer"),
        ):
            way.trouble = trouble
            with pytest.raises(kind, match=told) as no:
                aws.assume(ROLE, "sample.4", HELD)
            assert isinstance(no.value, Countersign)
            assert SECRET not in "".join(traceback.format_exception(no.value))
        assert all(b"DurationSeconds=1800" in each.body for each in way.asked)
    with pytest.raises(Unavailable, match="does not answer"):
        aws.assume(ROLE, "sample.4", HELD)


def test_it_is_tried_before_the_yes_lies_nowhere_and_each_opening_has_its_own(
    office: Office, run: Run, asked: Checkpoint, aws: Aws
) -> None:
    assert aws.ready
    before = many()
    after = given(office, run, asked)
    assert (after.state, many()) == (State.APPROVED, before + 1)
    told = recounting.one(office.desk, after.label)
    assert (told.origin, told.rotate_at, told.restrictions) == ("lease", None, HELD)
    assert any(
        "CAN'T BE TAKEN BACK: it is good for 30 minutes" in line
        for line in recounting.in_force(office.desk, told).words
    )
    one, two = (taken(office.desk, office, run, after) for _ in range(2))
    assert set(one) == set(two) == set(ASSUMED)
    assert one["session_token"] != two["session_token"]
    assert last().session_name == f"{run.case}.{asked.number}"
    vault = office.desk.credentials
    assert vault is not None
    assert (list(vault.paths()), list(vault.granted())) == ([], [])
    assert not [value for made in (one, two) for value in made.values() if value in tables(office)]
    revoking.revoke(office.desk, operator(office), after.label, "it is over")
    with pytest.raises(Refused):
        taken(office.desk, office, run, after)


def test_what_can_t_be_assumed_is_never_given(office: Office, run: Run, asked: Checkpoint, aws: Aws) -> None:
    other = office.ask(run, ask(Wanted("sample", "Sample", "SendGrid")), "another")
    before = many()
    for point, path, plain, told in (
        (asked, PATH, {"iam_user": "ada"}, "iam_user: a role is assumed"),
        (asked, "aws/sts/read-only", {}, "Right would be"),
        (other, PATH, {}, "asks for no key of AWS's"),
    ):
        with pytest.raises(Refused, match=told):
            entrusting.give_existing(office.desk, office.ada, press(point), path, plain)
    aws.keys.unlink()
    with pytest.raises(Refused, match="no login there"):
        entrusting.give_existing(office.desk, office.ada, press(asked), PATH, {})
    Amazon("http://127.0.0.1:9").login(aws.keys)
    with pytest.raises(Unavailable, match="does not answer"):
        entrusting.give_existing(office.desk, office.ada, press(asked), PATH, {})
    assert {office.show(point).state for point in (asked, other)} == {State.OPEN}
    assert many() == before


def test_an_agent_from_outside_has_it_wrapped_by_the_vault_and_opens_it_once(
    office: Office, run: Run, asked: Checkpoint, aws: Aws, openbao: OpenBao
) -> None:
    desk = replace(office.desk, credentials=openbao.vault(), vault_mount=MOUNT)
    after = given(office, run, asked)
    assert aws.ready
    handed = handing.hand(desk, agent_ticket(office.asker, run, after, "to look"), run.case, "192.0.2.7")
    assert (handed.path, handed.role) == (PATH, "")
    assert by_agent(openbao, handed) == {name: getattr(last(), name) for name in ASSUMED}
    with pytest.raises(outside.Intercepted):
        by_agent(openbao, handed)
    ticket = agent_ticket(office.asker, run, after, "to look")
    with pytest.raises(Refused, match="make up VAULT=1"):
        handing.hand(office.desk, ticket, run.case, "192.0.2.7")


@pytest.mark.promise("F2.2")
def test_who_steals_it_and_wraps_it_again_is_noticed(openbao: OpenBao) -> None:
    vault = openbao.vault()
    assert vault.take(vault.wrap(PATH, VALUES)) == VALUES
    handed, thiefs = (vault.wrap(PATH, VALUES) for _ in range(2))
    for put in (replace(handed, token=thiefs.token), replace(handed, made_at="sys/wrapping/wrap")):
        with pytest.raises(Intercepted, match="not made by the desk"):
            vault.take(put)
        with pytest.raises(outside.Intercepted, match="not made where the desk says"):
            by_agent(openbao, put)
    assert by_agent(openbao, handed) == VALUES


def by_agent(openbao: OpenBao, handed: Handed) -> dict[str, str]:
    """As the agent's own process opens it."""
    known = client.Handed("", openbao.url, MOUNT, handed.path, handed.made_at, handed.role, token=handed.token)
    return finished(client.open_at(known))


def test_on_the_page_a_role_is_offered_where_the_desk_has_a_login(
    ada: httpx.Client, office: Office, asked: Checkpoint, aws: Aws
) -> None:
    where = f"/checkpoints/{asked.label}/credential"
    (drawn,) = re.findall(r'<form class="answer".*?</form>', ada.get(where).text, re.DOTALL)
    assert "A role at AWS instead" in drawn
    sent = ada.post(where, data=hidden(drawn) | {"note": "", "existing": PATH})
    assert sent.status_code == 303, sent.text
    assert office.show(asked).state is State.APPROVED
    aws.keys.unlink()


def test_in_a_shell_nothing_else_is_asked(shell: Shell, office: Office, asked: Checkpoint, aws: Aws) -> None:
    assert aws.ready
    said = shell.run("credential", "give", asked.label, "--path", PATH)
    assert said.code == 0, said.err
    assert "That can't be taken back before its end" in said.out
    assert office.show(asked).state is State.APPROVED
