"""The signed door: only who signs anew, with the desk's key, is read; junk stores nothing and costs nothing."""

import os
import stat
import time
from pathlib import Path

import pytest

from checkpoints.actions.by_runs import taking
from checkpoints.core.errors import Unavailable
from checkpoints.store.runs import Run
from tests.integration.from_outside.arrivals.sending import BODY, headers, send, stored
from tests.integration.page.serving import Page
from tests.integration.page.test_hostile_input import MEGABYTE, resident, told
from tests.plugins.work import under_a_second
from tests.stage.desks import Office
from to_tools.page.from_outside.arrivals import arrivals_key

DOOR = "/arrivals/sample/alarm"
SIGNED = "Countersign-Signature"

BODIES: dict[str, tuple[bytes, int, str]] = {
    "one megabyte": (b'{"x": "' + b"x" * MEGABYTE + b'"}', 413, "over 64 KiB"),
    "nested ten thousand deep": (b'{"x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", 422, "nested too deep"),
    "NaN": (b'{"x": NaN}', 422, "isn't JSON"),
    "beyond all numbers": (b'{"x": 1e309}', 422, "isn't JSON"),
    "a key twice": (b'{"x": 1, "x": 2}', 422, "isn't JSON"),
    "bytes that are no text": (b'{"x": "\xff"}', 422, "isn't JSON"),
    "a NUL": (b'{"x": "\\u0000"}', 422, "no text"),
    "half a character": (b'{"x": "\\udfff"}', 422, "no text"),
    "a list": (b"[]", 422, "isn't an object"),
    "nothing": (b"", 422, "isn't JSON"),
}


def test_a_signed_alarm_is_kept_and_the_same_again_is_said_to_be(page: Page, office: Office, run: Run) -> None:
    first, again, other = send(page), send(page), send(page, b'{"summary": "else"}')
    assert (first.status_code, first.json()) == (201, {"says": "kept"})
    assert (again.status_code, again.json()) == (200, {"says": "kept before"})
    assert other.status_code == 409
    assert "used for another alarm" in other.json()["says"]
    assert [alarm.says for alarm in taking.untaken(office.desk, run, "alarm")] == ["it is down"]


@pytest.mark.promise("E4.6")
def test_what_is_not_signed_as_it_has_to_be_is_not_kept(page: Page, office: Office, run: Run) -> None:
    good, before = headers(page), stored(office)
    wrong: dict[str, list[tuple[str, str]]] = {
        "nothing": [],
        "no signature": [(n, v) for n, v in good.items() if n != SIGNED],
        "another signature": list((good | {SIGNED: "0" * 64}).items()),
        "an empty signature": list((good | {SIGNED: ""}).items()),
        "half a signature": list((good | {SIGNED: good[SIGNED][:32]}).items()),
        "letters that are none": list((good | {SIGNED: "\xe9" * 64}).items()),
        "two signatures": [*good.items(), (SIGNED, good[SIGNED])],
        "two keys": [*good.items(), ("Countersign-Key", "one")],
        "another key": list((good | {"Countersign-Key": "two"}).items()),
        "another time": list((good | {"Countersign-Timestamp": str(int(time.time()) + 1)}).items()),
        "a time in words": list((good | {"Countersign-Timestamp": "now"}).items()),
        "an old one": list(headers(page, ago=301).items()),
        "one from the future": list(headers(page, ago=-302).items()),
        "one of another case": list(headers(page, case="other").items()),
        "one of another name": list(headers(page, name="tick").items()),
        "one of another body": list(headers(page, b"{}").items()),
    }
    with page.stranger() as client:
        for name, given in wrong.items():
            raw = [(n.encode(), v.encode("latin-1")) for n, v in given]
            refused = client.post(DOOR, content=BODY, headers=raw)
            assert refused.status_code == 401, name
            assert refused.headers["content-type"] == "application/json", name
            assert stored(office) == before, name
        endless = good | {"Countersign-Timestamp": "9" * 4_000}
        assert client.post(DOOR, content=BODY, headers=endless).status_code == 401


@pytest.mark.promise("E4.6")
def test_junk_is_refused_in_under_a_second_though_it_is_signed(page: Page, office: Office, run: Run) -> None:
    before, (lines, counted) = stored(office), told(office)
    for name, (body, status, reason) in BODIES.items():
        with under_a_second(name):
            refused = send(page, body)
        assert (refused.status_code, reason in refused.json()["says"]) == (status, True), (name, refused.text)
        assert stored(office) == before, name
    assert told(office) == (lines, counted + len(BODIES))


@pytest.mark.promise("E4.6")
def test_fifty_megabytes_are_refused_while_they_come_and_memory_stays_flat(
    page: Page, office: Office, run: Run
) -> None:
    chunk, before = b"x" * MEGABYTE, stored(office)
    held = resident()
    with under_a_second(), page.stranger() as client:
        refused = client.post(DOOR, content=(chunk for _ in range(50)), headers=headers(page))
    assert refused.status_code == 413
    assert resident() - held < 16 * MEGABYTE
    assert stored(office) == before


@pytest.mark.parametrize("key", ["probe/abc/now", "shell/1", "x" * 201])
def test_a_key_that_the_desk_gives_itself_is_refused(page: Page, office: Office, run: Run, key: str) -> None:
    before = stored(office)
    assert send(page, key=key).status_code == 422
    assert stored(office) == before


@pytest.mark.parametrize(("case", "name", "status"), [("none", "alarm", 422), ("sample", "tick", 422)])
def test_what_nobody_knows_is_said_to_who_signs(page: Page, run: Run, case: str, name: str, status: int) -> None:
    assert send(page, case=case, name=name).status_code == status


def test_a_persons_session_opens_nothing_here(page: Page, office: Office, run: Run) -> None:
    with page.browser(office.ada) as ada:
        assert ada.post(DOOR, content=BODY).status_code == 401


def test_the_key_is_made_once_and_only_the_desk_reads_it(tmp_path: Path) -> None:
    key = arrivals_key(tmp_path / "keys")
    assert arrivals_key(tmp_path / "keys") == key
    assert len(key) == 64
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["arrivals.key"]
    assert stat.S_IMODE((tmp_path / "keys" / "arrivals.key").stat().st_mode) == 0o600
    os.truncate(tmp_path / "keys" / "arrivals.key", 0)
    with pytest.raises(Unavailable, match="is no key"):
        arrivals_key(tmp_path / "keys")


def test_an_empty_key_signs_nothing(page: Page, office: Office, run: Run) -> None:
    send(page)
    before = stored(office)
    os.truncate(page.desk.home / "keys" / "arrivals.key", 0)
    with page.stranger() as client:
        signed = dict.fromkeys(("Countersign-Timestamp", "Countersign-Key", SIGNED), "1")
        assert client.post(DOOR, content=BODY, headers=signed).status_code == 503
    assert stored(office) == before
