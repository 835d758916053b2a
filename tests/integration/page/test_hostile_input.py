"""Junk at the page's door: refused with the reason, in under a second, nothing stored but that it came, memory flat."""

import os
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from checkpoints.actions import reading
from checkpoints.core.model import Fact, Field, FieldSort, Subject, Verdict
from checkpoints.core.view import Checkpoint
from tests.integration.page.serving import answer_form
from tests.plugins.work import under_a_second
from tests.stage.desks import Office, spend

MEGABYTE = 1024 * 1024
DEEP = 10_000
COUNT = Field("count", "How many", FieldSort.NUMBER, "2")
FORM = {"content-type": "application/x-www-form-urlencoded"}
STORED = ("answer", "decision", "permit", "errand", "revision", "checkpoint", "submission")

Junk = Callable[[bytes], bytes]
BODIES: dict[str, tuple[Junk, int, str]] = {
    "one megabyte": (lambda form: form + b"x" * MEGABYTE, 413, "over 64 KiB"),
    "a key twice": (lambda form: form + b"&revision=1", 422, "comes twice"),
    "a blank twice": (lambda form: form + b"&field.count=3&field.count=4", 422, "comes twice"),
    "bytes that are no text": (lambda form: form + b"&field.count=%ff%fe", 422, "not UTF-8"),
    "raw bytes that are no text": (lambda form: form + b"&field.count=\xff", 422, "not UTF-8"),
    "a NUL": (lambda form: form.replace(b"note=", b"note=a%00b"), 422, "NUL"),
    "a NUL in a name": (lambda form: form + b"&field.co%00unt=1", 422, "NUL"),
    "too many fields": (lambda form: form + b"".join(b"&f%d=1" % n for n in range(100)), 422, "over 60 fields"),
    "a field nobody asked for": (lambda form: form + b"&admin=1", 422, "no field of this form"),
    "an unknown verdict": (lambda form: form.replace(b"=approve", b"=yes"), 422, "is no verdict"),
    "no verdict": (lambda form: form.replace(b"verdict=approve&", b""), 422, "is missing"),
    "a revision in words": (lambda form: form.replace(b"revision=1", b"revision=one"), 422, "is no revision"),
    "a negative revision": (lambda form: form.replace(b"revision=1", b"revision=-1"), 422, "is no revision"),
    "a revision with a point": (lambda form: form.replace(b"revision=1", b"revision=1.0"), 422, "is no revision"),
    "an endless revision": (lambda form: form.replace(b"revision=1", b"revision=" + b"9" * 99), 422, "no revision"),
    "another digest": (lambda form: form.replace(b"subject=", b"subject=0"), 409, "was changed"),
    "not a number": (lambda form: form + b"&field.count=NaN", 422, "won&#39;t do"),
    "beyond all numbers": (lambda form: form + b"&field.count=1e309", 422, "won&#39;t do"),
    "infinity": (lambda form: form + b"&field.count=Infinity", 422, "won&#39;t do"),
    "nested": (lambda form: form + b"&field.count=" + b"%5B" * DEEP, 422, "won&#39;t do"),
    "an endless note": (lambda form: form.replace(b"note=", b"note=" + b"n" * 5_000), 422, "over 4000"),
    "no form": (lambda form: b"{" * DEEP, 422, "no form at all"),
    "nothing": (lambda form: b"", 422, "another sign-in"),
}

HOSTILE_ADDRESSES = [
    "/checkpoints/sample/%00",
    "/checkpoints/%ff/1",
    "/checkpoints/..%2F..%2Fetc/1",
    "/checkpoints/sample/99999999999999999999",
    "/projects/%00",
    "/projects/" + "a" * 10_000,
    "/kinds/..%2F..%2Fpyproject",
    "/static/..%2F..%2Fapp.py",
    "/sign-in?token=%00%ff&token=2",
    "/checkpoints/sample/1?seen_before=" + "%00" * 1000,
    "/audit?verify=perhaps",
]


@pytest.fixture
def point(office: Office) -> Checkpoint:
    return office.ask(office.case(), spend(fields=(COUNT,)))


def stored(office: Office) -> list[int]:
    """How many rows there are of everything that an answer can write."""
    with office.desk.transaction() as tx:
        return [tx.execute(text(f"select count(*) from desk.{table}")).scalar_one() for table in STORED]


def told(office: Office) -> tuple[int, int]:
    """How many lines the audit has, and how much junk was counted."""
    with office.desk.transaction() as tx:
        counted = tx.execute(text("select sum(tries) from desk.refused_sign_in where sort = 'junk'")).scalar_one()
    return reading.audit_page(office.desk, 1).total, int(counted or 0)


def resident() -> int:
    """The bytes of memory that this process, the page's thread in it, holds now."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.promise("E4.2", "H5.12")
def test_junk_in_a_form_is_refused_in_under_a_second_and_nothing_is_stored(
    ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    form = str(httpx.QueryParams(answer_form(ada, point, Verdict.APPROVE))).encode()
    before = stored(office)
    for name, (junk, status, reason) in BODIES.items():
        heard = sum(told(office))
        with under_a_second(name):
            refused = ada.post(f"/checkpoints/{point.label}/answer", content=junk(form), headers=FORM)
        assert refused.status_code == status, (name, refused.text)
        assert reason in refused.text, name
        assert stored(office) == before, name
        # A line where it was known what was tried, else a count; never both.
        assert sum(told(office)) == heard + 1, name


@pytest.mark.promise("E4.2")
def test_fifty_megabytes_are_refused_while_they_come_and_memory_stays_flat(
    ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    chunk = b"token=" + b"x" * MEGABYTE
    before, (lines, counted) = stored(office), told(office)
    for address in ("/sign-in", f"/checkpoints/{point.label}/answer", "/sign-out"):
        held = resident()
        with under_a_second(address):
            refused = ada.post(address, content=(chunk for _ in range(50)), headers=FORM)
        grown = resident() - held
        assert refused.status_code == 413, address
        assert "over 64 KiB" in refused.text
        assert grown < 16 * MEGABYTE, address
    assert stored(office) == before
    assert told(office) == (lines, counted + 3)


@pytest.mark.promise("E4.2")
def test_other_sorts_of_body_are_refused(ada: httpx.Client, office: Office, point: Checkpoint) -> None:
    before, address = stored(office), f"/checkpoints/{point.label}/answer"
    form = answer_form(ada, point, Verdict.APPROVE)
    assert ada.post(address, json=form).status_code == 422
    assert ada.post(address, data=form, files={"note": b"x"}).status_code == 422
    assert ada.get(f"{address}?{httpx.QueryParams(form)}").status_code == 405
    assert stored(office) == before


@pytest.mark.promise("E4.2")
def test_a_hostile_address_is_answered_calmly(ada: httpx.Client, point: Checkpoint) -> None:
    for address in HOSTILE_ADDRESSES:
        assert ada.get(address).status_code in (200, 404), address


@pytest.mark.promise("E1.2")
def test_hostile_text_is_inert_and_visible(ada: httpx.Client, office: Office) -> None:
    request = spend(
        agent="<script>alert(1)</script>",
        action='Pay \u202egnp.exe <img src=x onerror="alert(1)"> {{ 7 * 7 }}',
        details="zero\u200bwidth \x1b[31mred\x07\n" + "line\n" * 200,
        subject=Subject("\u2066x", {'"><script>': "v"}),
        facts=(Fact("What for", "<b>bold</b>"),),
    )
    point = office.ask(office.case("hostile"), request)
    for path in ("/", f"/checkpoints/{point.label}", "/projects/hostile", "/audit"):
        shown = ada.get(path).text
        assert "<script>alert" not in shown
        assert "<img" not in shown.replace('<img src="/static/mark.svg"', "")
        assert "\u202e" not in shown
        assert "\x1b" not in shown
        assert "\u200b" not in shown
        assert "<b>bold" not in shown
    shown = ada.get(f"/checkpoints/{point.label}").text
    assert "⟦U+202E⟧" in shown
    assert "{{ 7 * 7 }}" in shown
    assert '"><script>' not in shown
