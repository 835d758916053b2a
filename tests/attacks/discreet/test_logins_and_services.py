"""No error repeats what the desk itself logs in with: at its database, mail, Slack and third parties; nor a key."""

import io
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from checkpoints import wiring
from checkpoints.actions import errands
from checkpoints.channels.slack.board import SlackBoard
from checkpoints.channels.slack.speaking import Speaker, signed
from checkpoints.channels.smtp import Smtp
from checkpoints.core.errors import Refused
from checkpoints.core.shown.message import Face
from checkpoints.core.work.services.calls import Consent
from checkpoints.credentials import consent, sealing
from checkpoints.seeing.logs import in_the_form
from checkpoints.seeing.redacting import NoSecrets
from checkpoints.settings import Role, Settings, login, readable
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.anchors import Signer
from tests.attacks.discreet.conftest import Ear
from tests.fakes.post_office import running_post_office
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office
from tests.stage.wires.answering import Answer, answering
from tests.stage.wires.between import Asked, between
from tests.unit.channels.test_smtp import message
from tests.unit.seeing.canaries import CANARIES
from to_tools.cli.visit import Visit

pytestmark = pytest.mark.promise("F5.1")

CANARY = "canary/Tr0ub4dor+0123456789"
SLACK = "xoxb-canary-Tr0ub4dor-0123456789"
WITH_PASSWORD = [
    ("database_url", f"postgresql+psycopg://desk:{CANARY}@db/x"),
    ("database_url", f"postgresql+psycopg://desk:{quote(CANARY, safe='')}@db/x"),
    ("database_url", f"postgresql+psycopg://{CANARY}@db/x"),
    ("database_url", f"postgresql+psycopg://@/x?host=db&password={CANARY}"),
    ("database_url", f"host=db user=desk password={CANARY}"),
    ("database_url", f"postgresql://desk:{quote(CANARY, safe='')}\u2100@db/x"),
    ("database_url", f"postgresql://desk:{CANARY}@[db/x"),
    ("prefect_database_url", f"postgresql+asyncpg://prefect:{quote(CANARY, safe='')}@db/prefect"),
    ("smtp_url", f"smtp://desk:{CANARY}@mail"),
    ("smtp_url", f"smtp://desk:{quote(CANARY, safe='')}"),
    ("slack_api_url", f"https://desk:{quote(CANARY, safe='')}@slack.com/api/"),
    ("vault_url", f"https://desk:{quote(CANARY, safe='')}@vault:8200"),
    ("smtp_password", CANARY),
]
OURS: tuple[Literal["owner", "desk", "asker"], ...] = ("owner", "desk", "asker")
ROLES: tuple[Role, ...] = (*OURS, "prefect")


@pytest.mark.parametrize(("name", "value"), WITH_PASSWORD)
def test_no_setting_with_a_password_is_repeated(
    name: str, value: str, words: Ear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path))
    words.no(lambda: Settings(**{name: value}))
    file = tmp_path / "settings.toml"
    file.write_text(f"{name} = '{value}'\n")
    words.no(lambda: Visit().settings)
    words.heard.append(repr(readable()[1]))
    file.write_text(f"{name} = '{value}\n'")
    words.no(lambda: Visit().settings)
    words.silent_about(CANARY)


def test_no_login_that_fails_repeats_its_password(office: Office, shell: Shell, ear: Ear, tmp_path: Path) -> None:
    given, home = office.settings, tmp_path / "another"
    known = Settings(home=home, database_url=given.database_url, prefect_database_url=given.database_url)
    known.keys.mkdir(parents=True)
    for role in ROLES:
        known.passfile(role).write_text(f"*:*:*:{login(role)}:{CANARY}\n")
        known.passfile(role).chmod(0o600)
        with pytest.raises(psycopg.OperationalError, match="authentication failed") as no:
            psycopg.connect(known.address_for(role))
        ear.heard.append(repr(no.value) + str(no.value))
    for login_of in OURS:
        ear.no(wiring.desk(login_of, known).transaction().__enter__, printed=True)
    ear.shell(shell.run("inbox", COUNTERSIGN_HOME=str(home)))
    ear.silent_about(CANARY)


def test_no_statement_that_fails_repeats_what_it_was_given(office: Office, ear: Ear) -> None:
    def statement() -> None:
        with office.desk.transaction() as tx:
            tx.execute(text("select cast(:secret as text) from desk.nowhere"), {"secret": CANARY})

    ear.no(statement, printed=True)
    ear.silent_about(CANARY)


def test_no_mail_server_or_damaged_file_brings_the_password_back(words: Ear, tmp_path: Path) -> None:
    keys = tmp_path / "smtp"
    keys.touch(0o600)
    with running_post_office() as post:
        for content, mode in ((f"desk:{CANARY}", 0o644), (CANARY, 0o600), (f"desk:{CANARY}é", 0o600)):
            keys.write_text(content)
            keys.chmod(mode)
            words.no(lambda: _mail(post.url, keys))
        keys.write_text(f"desk:{CANARY}")
        post.no_password = True
        words.no(lambda: _mail(post.url, keys))
        post.repeats = True
        words.no(lambda: _mail(post.url, keys))
    words.no(lambda: _mail(post.url, keys))
    assert any(CANARY in password for _, password in post.signed_in)
    words.silent_about(CANARY, f"desk\0{CANARY}", f"\0desk\0{CANARY}")


def _mail(url: str, keys: Path) -> None:
    channel = Smtp(url, "desk@agency.example", keys, 2.0)
    channel.post(message(channel))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, f'{{"ok": false, "error": "{SLACK}"}}'.encode()),
        Answer(200, b'{"ok": false, "error": "token_revoked"}'),
        Answer(200, b'{"ok": false, "error": "invalid_auth"}'),
        Answer(500, SLACK.encode()),
        Answer(200, SLACK.encode()),
        Answer(403, SLACK.encode(), {"x-echo": SLACK}),
    ],
)
def test_no_answer_of_slacks_brings_a_token_back(answer: Answer, words: Ear, tmp_path: Path) -> None:
    keys = tmp_path / "slack"
    slack_keys.write(keys, slack_keys.SlackKeys(SLACK, f"xapp-{CANARY}", CANARY))
    with answering() as server:
        for method in ("chat.postMessage", "users.info", "chat.update", "conversations.open"):
            server.at(f"/{method}", answer)
        speaker, face = Speaker(server.at("/"), keys), Face("plain", ())
        words.no(lambda: speaker.say("C1", face), printed=True)
        words.no(lambda: speaker.member("U1"), printed=True)
        words.no(lambda: SlackBoard(server.at("/"), keys).hang("U1", uuid4(), face), printed=True)
    words.silent_about(SLACK, CANARY)


def test_no_damaged_key_of_slacks_and_no_signing_secret_is_repeated(words: Ear, tmp_path: Path) -> None:
    keys = tmp_path / "slack"
    for content in (
        f'bot_token = "{SLACK}',
        f'{SLACK} = "{SLACK}"',
        f'bot_token = ["{SLACK}"]',
        f'bot_token = "{SLACK}\\nx"',
        f'bot_token = "{SLACK}é"',
    ):
        keys.write_text(content)
        keys.chmod(0o600)
        words.no(lambda: Speaker("http://127.0.0.1:9/", keys).say("C1", Face("plain", ())))
    keys.chmod(0o644)
    words.no(lambda: slack_keys.read(keys))
    words.no(lambda: slack_keys.write(keys, slack_keys.SlackKeys(f"{SLACK}\n", "", CANARY)))
    for stamp, signature in (("1", CANARY), ("x", CANARY), ("1", "v0=\xe9")):
        assert not signed(CANARY, 1.0, stamp, b"\xff", signature)
    words.heard.append(repr(slack_keys.SlackKeys(SLACK, SLACK, CANARY)))
    words.silent_about(SLACK, CANARY)


def test_no_provider_of_consent_brings_its_code_verifier_or_tokens_back(words: Ear) -> None:
    code, verifier = f"{CANARY}-code", f"canary-verifier-{'v' * 40}"

    def repeats(status: int, granted: Mapping[str, str] | None = None) -> None:
        def trouble(asked: Asked) -> tuple[int, bytes]:
            told = {"error": asked.body.decode(), "error_description": code} | dict(granted or {})
            return status, repr(told).replace("'", '"').encode()

        standing.trouble = trouble
        wanted = Consent("calendar", f"{standing.address}/a", f"{standing.address}/t", "c", ("a",))
        words.no(lambda: consent.exchange(wanted, "http://127.0.0.1:1/back", code, verifier))

    with between("http://127.0.0.1:9") as standing:
        for status in (200, 302, 400, 401, 429, 500):
            repeats(status)
        repeats(200, {"access_token": CANARY, "refresh_token": CANARY, "scope": f"a {CANARY}"})
        repeats(200, {"access_token": CANARY, "scope": CANARY})
    words.no(lambda: consent.exchange(_away(), "http://127.0.0.1:1/back", code, verifier))
    words.no(lambda: consent.address(_away(f"http://{CANARY}@evil/"), "http://127.0.0.1:1/", "s", verifier))
    words.silent_about(code, CANARY, verifier)


def _away(authorize: str = "http://127.0.0.1:9/a") -> Consent:
    return Consent("calendar", authorize, "http://127.0.0.1:9/t", "c", ("a",))


def test_no_damaged_key_is_repeated(words: Ear, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for name in ("anchor.key", "vault.key"):
        (tmp_path / "keys" / name).write_text(CANARY)
        (tmp_path / "keys" / name).chmod(0o600)
    words.no(lambda: Signer(tmp_path).public_key)
    vault = tmp_path / "keys" / "vault.key"
    words.no(lambda: sealing.seal(vault, b"p", CANARY.encode()))
    vault.write_bytes(b"canary-Tr0ub4dor-0123456789-0000")
    words.no(lambda: sealing.unseal(vault, b"p", b"n" * 12 + CANARY.encode()))
    vault.chmod(0o644)
    words.no(lambda: sealing.unseal(vault, b"p", CANARY.encode()))
    words.silent_about(CANARY, "canary-Tr0ub4dor-0123456789-0000")


@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_logged_traceback_has_no_secret_of_the_error_or_of_what_it_came_from(form: str) -> None:
    stream, log = io.StringIO(), logging.Logger("desk")
    handler = logging.StreamHandler(stream)
    handler.addFilter(NoSecrets())
    handler.setFormatter(in_the_form(form))
    log.addHandler(handler)
    for _, line in CANARIES:
        try:
            try:
                raise ValueError(line)
            except ValueError as first:
                raise Refused(f"because of {line}") from first
        except Refused:
            log.exception("it failed")
    assert stream.getvalue().count("it failed") == len(CANARIES)
    assert "Traceback" in stream.getvalue()
    assert not [secret for secret, _ in CANARIES if secret in stream.getvalue()]


def test_what_an_errand_is_said_to_have_failed_of_has_no_secret(office: Office, ear: Ear) -> None:
    office.case()

    def fails(*_: object) -> None:
        raise RuntimeError(f"calling https://desk:{quote(CANARY, safe='')}@service/?token={SLACK}")

    with office.desk.transaction() as tx:
        kinds = tx.scalars(text("select kind from desk.errand")).all()
    assert kinds
    assert errands.carry_next(office.desk, dict.fromkeys(kinds, fails))
    with office.desk.transaction() as tx:
        ear.heard.extend(tx.scalars(text("select t::text from desk.errand t")))
    assert "RuntimeError" in ear.heard[0]
    ear.logs.clear()
    ear.silent_about(SLACK, CANARY)
