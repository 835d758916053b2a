"""Slack's door at the page: what isn't signed as Slack signs leaves a count and nothing else."""

import time
from collections.abc import Mapping, Sequence

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import create_engine, text

from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from checkpoints.seeing import logs
from checkpoints.store.secret import private_files, slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from tests.fakes.slack.wires import Sent, encoded
from tests.fakes.slack.workspace import Message
from tests.integration.from_outside.slack.listening.floors import Floor
from tests.integration.page.serving import running_page
from to_tools.page import __main__ as page_process
from to_tools.slack_listener import __main__ as socket_process
from to_tools.slack_listener.door import LARGEST, PATH, Door

SIGNATURE, TIMESTAMP = "x-slack-signature", "x-slack-request-timestamp"
Headers = Sequence[tuple[str, str]]
TABLES = "select table_name from information_schema.tables where table_schema = 'desk' and table_type = 'BASE TABLE'"


def signature(secret: str, at: int | str, body: bytes) -> str:
    return SignatureVerifier(secret).generate_signature(timestamp=str(at), body=body) or ""


def variants(secret: str, body: bytes) -> Mapping[str, tuple[bytes, Headers]]:
    """What is sent instead of the body and the headers that Slack signs with, by what is wrong with it."""
    now = int(time.time())
    good, stamp = (SIGNATURE, signature(secret, now, body)), (TIMESTAMP, str(now))
    at = {
        shift: ((SIGNATURE, signature(secret, now + shift, body)), (TIMESTAMP, str(now + shift)))
        for shift in (-310, 20)
    }
    odd = f"{now}.0"
    return {
        "no signature": (body, (stamp,)),
        "no timestamp": (body, (good,)),
        "a wrong signature": (body, ((SIGNATURE, "v0=" + "0" * 64), stamp)),
        "a signature that is none": (body, ((SIGNATURE, "v0=é"), stamp)),
        "another version's": (body, ((SIGNATURE, good[1].replace("v0=", "v1=")), stamp)),
        "a doubled signature": (body, (good, good, stamp)),
        "a doubled timestamp": (body, (good, stamp, stamp)),
        "an old one": (body, at[-310]),
        "one from the future": (body, at[20]),
        "another time than was signed": (body, (good, (TIMESTAMP, str(now - 1)))),
        "a time that is no integer": (body, ((SIGNATURE, signature(secret, odd, body)), (TIMESTAMP, odd))),
        "a changed byte": (body.replace(b"approve", b"approvf", 1), (good, stamp)),
        "the wrong secret": (body, ((SIGNATURE, signature("0" * 32, now, body)), stamp)),
        "no text": (b"\xff\xfe", ((SIGNATURE, signature(secret, now, b"")), stamp)),
    }


def rows(floor: Floor) -> dict[str, int]:
    """How many there are in every table."""
    owner = create_engine(floor.office.settings.url_for("owner"))
    with owner.connect() as tx:
        names = tx.execute(text(TABLES)).scalars()
        found = {name: int(tx.execute(text(f'select count(*) from desk."{name}"')).scalar_one()) for name in names}
    owner.dispose()
    return found


@pytest.mark.promise("C5.1")
def test_what_is_not_signed_as_slack_signs_is_answered_with_401_and_only_counted(
    floor: Floor, point: Checkpoint, message: Message
) -> None:
    body, sort = encoded(Sent("interactive", floor.pressed(floor.ada, message)))
    before = rows(floor)
    url = floor.slack.wires.request_url
    tries = variants(floor.slack.signing_secret, body)
    with httpx.Client(trust_env=False) as client:
        for wrong, (sent, headers) in tries.items():
            raw = [("content-type", sort), *headers]
            said = client.post(url, content=sent, headers=[(name.encode(), value.encode()) for name, value in raw])
            assert said.status_code == 401, wrong
        large = client.post(url, content=b"x" * (LARGEST + 1), headers={"content-type": sort})
        assert (large.status_code, client.get(url).status_code) == (413, 405)
        floor.wait(lambda: floor.counted() == {"slack not signed": len(tries)})
        # One row a day and sort, whoever counted before.
        assert rows(floor) | {"refused_sign_in": 0} == before | {"refused_sign_in": 0}
        # And signed as it has to be, the very same counts.
        now = int(time.time())
        good = {"content-type": sort, TIMESTAMP: str(now), SIGNATURE: signature(floor.slack.signing_secret, now, body)}
        assert client.post(url, content=body, headers=good).status_code == 200
    floor.wait(lambda: floor.office.show(point).state is State.APPROVED)


@pytest.mark.promise("C5.2")
def test_without_what_it_knows_slack_by_neither_the_door_nor_the_socket_starts(
    quiet: Floor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, slack = quiet.settings, quiet.slack
    kept = settings.slack_keys.read_bytes()
    monkeypatch.setattr(logs, "set_up", lambda *_: None)
    # Where one starts all the same, it ends at once.
    monkeypatch.setattr(page_process.Server, "run", lambda _: None)
    monkeypatch.setattr(socket_process, "listen", lambda *_: None)
    for name in ("home", "database_url", "slack_api_url"):
        monkeypatch.setenv(f"COUNTERSIGN_{name.upper()}", str(getattr(settings, name)))
    starts = {
        "http": (page_process.main, "there is no signing secret"),
        "socket": (socket_process.main, "no app token"),
    }
    for way, (main, words) in starts.items():
        monkeypatch.setenv("COUNTERSIGN_SLACK", way)
        slack_keys.write(settings.slack_keys, SlackKeys(slack.bot_token))
        assert main() == 1
        assert words in " ".join(capsys.readouterr().err.split())
        settings.slack_keys.unlink()
        assert main() == 1
        assert "Connect it: countersign slack connect" in capsys.readouterr().err
    slack_keys.write(settings.slack_keys, SlackKeys(slack.bot_token, slack.app_token))
    with pytest.raises(Refused, match="no signing secret"):
        Door(quiet.office.desk, settings)
    private_files.replace(settings.slack_keys, kept)


def test_the_page_lets_slack_in_by_whatever_name_it_comes_and_nobody_else(quiet: Floor) -> None:
    slack, desk = quiet.slack, quiet.office.desk
    door = Door(desk, quiet.settings)
    with running_page(desk, door) as page, page.stranger() as stranger:
        slack.deliver_to(f"{page.url}{PATH}")
        assert slack.command(quiet.ada, "help", "approvals").status == 200
        quiet.heard(quiet.ada, "What you can say")
        foreign = {"host": "slack.example.com"}
        assert stranger.post(PATH, headers=foreign).status_code == 401
        assert stranger.post("/sign-in", headers=foreign).status_code == 400
        challenge = slack.deliver("events_api", {"type": "url_verification", "challenge": "abc", "token": "t"})
        assert challenge.answer == {"challenge": "abc"}
    door.close()
