"""Junk at the agents' door: refused with the reason, in under a second, nothing stored but a count, memory flat."""

import json
import os
from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy import text

from checkpoints.core.model import Json
from tests.integration.from_outside.agents.serving import BODY, Door, told
from tests.plugins.work import under_a_second
from tests.stage.desks import Office
from tests.stage.wires.plain import NOBODY

MEGABYTE = 1024 * 1024
DEEP = 10_000
ASK = "/v1/credential-requests"
DOORS = (ASK, "/v1/requests/sample/1/withdraw", "/v1/requests/sample/1/take", "/v1/requests/sample/1/alarm")
HEADERS = {"content-type": "application/json", "idempotency-key": "key-0001"}
STORED = ("checkpoint", "revision", "run", "submission", "errand", "agent_key", "audit_line", "step")


def said(**changed: Json) -> bytes:
    return json.dumps(BODY | changed).encode()


BODIES: dict[str, tuple[bytes, int, str]] = {
    "one megabyte": (said(why="x" * MEGABYTE), 413, "over 64 KiB"),
    "nested": (said()[:-1] + b', "scope": ' + b"[" * DEEP + b"]" * DEEP + b"}", 422, "too deep"),
    "nested in objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, 422, "too deep"),
    "not a number": (said()[:-1] + b', "uses": NaN}', 422, "isn't JSON"),
    "beyond all numbers": (said()[:-1] + b', "uses": 1e309}', 422, "uses: "),
    "endless": (said()[:-1] + b', "uses": ' + b"9" * 5_000 + b"}", 422, "isn't JSON"),
    "infinity": (said()[:-1] + b', "uses": -Infinity}', 422, "isn't JSON"),
    "a key twice": (said()[:-1] + b', "service": "Stripe"}', 422, "isn't JSON"),
    "bytes that are no text": (said().replace(b"SendGrid", b"\xff\xfe"), 422, "isn't JSON"),
    "half a surrogate": (said().replace(b"SendGrid", b"\\ud800"), 422, "isn't text"),
    "a NUL": (said().replace(b"weekly", b"\\u0000"), 422, "NUL"),
    "a raw NUL": (said().replace(b"weekly", b"\x00"), 422, "isn't JSON"),
    "a list": (b"[]", 422, "isn't an object"),
    "nothing": (b"", 422, "isn't JSON"),
    "a word nobody asked for": (said(approve=True), 422, "approve: "),
    "a number as text": (said(uses="1"), 422, "uses: "),
    "yes as a number": (said(uses=True), 422, "uses: "),
    "a negative number": (said(expires_in_minutes=-1), 422, "expires_in_minutes: "),
    "a project that is a path": (said(project_id="../desk"), 422, "project_id: "),
    "a service without a name": (said(service="…"), 422, "neither letters nor digits"),
    "an unknown type": (said(credential_type="root"), 422, "is no type of credential"),
    "a network that is none": (said(addresses=["10.0.0.0/99"]), 422, "is no network"),
    "too many networks": (said(addresses=["10.0.0.1"] * 21), 422, "addresses: "),
}


def stored(office: Office) -> list[int]:
    with office.desk.transaction() as tx:
        return [tx.execute(text(f"select count(*) from desk.{table}")).scalar_one() for table in STORED]


def counted(office: Office) -> int:
    with office.desk.transaction() as tx:
        junk = tx.execute(text("select sum(tries) from desk.refused_sign_in where sort = 'junk'")).scalar_one()
    return int(junk or 0)


def resident() -> int:
    """The bytes of memory that this process, the API's thread in it, holds now."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.promise("E4.4")
def test_junk_is_refused_in_under_a_second_and_nothing_is_stored(
    agent: httpx.Client, office: Office, door: Door
) -> None:
    before = stored(office)
    for name, (body, status, reason) in BODIES.items():
        heard = counted(office) + len(door.tried.read_text().splitlines())
        with under_a_second(name):
            refused = agent.post(ASK, content=body, headers=HEADERS)
        assert refused.status_code == status, (name, refused.text)
        assert reason in told(refused)["error"], (name, refused.text)
        assert stored(office) == before, name
        # A count where it can't be read, a line of the agent's where it was read and refused; never both.
        assert counted(office) + len(door.tried.read_text().splitlines()) == heard + 1, name


@pytest.mark.promise("E4.4")
def test_fifty_megabytes_are_refused_while_they_come_and_memory_stays_flat(agent: httpx.Client, office: Office) -> None:
    chunk, before, known = b"x" * MEGABYTE, stored(office), counted(office)
    for address in DOORS:
        held = resident()
        with under_a_second(address):
            refused = agent.post(address, content=(chunk for _ in range(50)), headers=HEADERS)
        assert refused.status_code == 413, address
        assert resident() - held < 16 * MEGABYTE, address
    assert (stored(office), counted(office)) == (before, known + len(DOORS))


def _signed(token: str) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    return [*headers, (b"authorization", f"Bearer {token}".encode())]


@pytest.mark.promise("E4.4")
def test_other_sorts_of_body_key_and_token_are_refused(agent: httpx.Client, office: Office, door: Door) -> None:
    before = stored(office)
    no_key: tuple[Mapping[str, str], ...] = (
        {},
        {"idempotency-key": ""},
        {"idempotency-key": "short"},
        {"idempotency-key": "k" * 201},
        {"idempotency-key": "key 0001"},
    )
    for headers in no_key:
        refused = agent.post(ASK, content=said(), headers={"content-type": "application/json", **headers})
        assert (refused.status_code, told(refused)["kept"]) == (422, "nothing"), headers
    assert agent.post(ASK, data={"project_id": "sample"}, headers={"idempotency-key": "key-0001"}).status_code == 422
    for token in ("x", "x" * 10_000, "é" * 20, "a" * 43):
        with httpx.Client(base_url=door.url, verify=NOBODY, trust_env=False) as stranger:
            refused = stranger.post(ASK, content=said(), headers=_signed(token))
        assert refused.status_code == 401, token
    for wait in ("NaN", "-1", "1e3", "99999", "1&wait=2&x=1"):
        assert agent.get(f"/v1/requests/sample/1?wait={wait}").status_code == 422, wait
    for address in ("/v1/requests/sample/%00", "/v1/requests/..%2F..%2Fetc/1", "/v1/requests/sample/" + "9" * 5_000):
        assert agent.get(address).status_code in (403, 404, 422), address
    assert stored(office) == before
