"""What may arrive: its body, its key, its signature; whatever else is refused, in words."""

import json

import pytest

from checkpoints.core.errors import Refused
from checkpoints.core.from_outside.arrival import MOST_BYTES, Arrival, check_key, read_body, signed_with
from tests.plugins.work import under_a_second
from tests.unit.core.points import NOON

JUNK = {
    "one megabyte": (b'{"x": "' + b"x" * 1_000_000 + b'"}', "1,000,009 bytes"),
    "fifty megabytes": (b"[" * 50_000_000, "50,000,000 bytes"),
    "nested ten thousand deep": (b'{"x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested too deep"),
    "nested a hundred deep": (b'{"x": ' + b"[" * 100 + b"]" * 100 + b"}", "more than 60 deep"),
    "NaN": (b'{"x": NaN}', "isn't JSON"),
    "infinity": (b'{"x": -Infinity}', "isn't JSON"),
    "beyond all numbers": (b'{"x": 1e309}', "isn't JSON"),
    "digits without end": (b'{"x": ' + b"9" * 5_000 + b"}", "isn't JSON"),
    "a key twice": (b'{"x": 1, "x": 2}', "isn't JSON"),
    "bytes that are no text": (b'{"x": "\xff\xfe"}', "isn't JSON"),
    "a NUL": (b'{"x": "a\\u0000b"}', "no text"),
    "a raw NUL": (b'{"x": "a\x00b"}', "isn't JSON"),
    "a NUL in a key": (b'{"a\\u0000b": 1}', "no text"),
    "half a character": (b'{"x": "\\ud800"}', "no text"),
    "a list": (b"[1]", "isn't an object"),
    "nothing": (b"", "isn't JSON"),
    "longer as it is kept": (b'{"x": [' + b",".join([b"1"] * 30_000) + b"]}", "written out"),
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_is_refused_in_under_a_second_with_the_reason(name: str) -> None:
    raw, reason = JUNK[name]
    with under_a_second(), pytest.raises(Refused, match=reason):
        read_body(raw)


def test_a_body_is_kept_as_it_is() -> None:
    body = {"summary": "Größe \\u0000 as text", "n": 1, "deep": [{"a": None, "b": True}]}
    assert read_body(json.dumps(body).encode()) == body
    assert read_body(b'{"share": 0.5}') == {"share": "0.5"}
    assert len(read_body(b'{"x":"' + b"x" * (MOST_BYTES - 9) + b'"}')) == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "ключ", "a\nb", "a\0b", " a", "probe/x", "shell/x"])
def test_a_key_that_is_none_or_the_desks_own_is_refused(key: str) -> None:
    with pytest.raises(Refused):
        check_key(key)


def test_no_part_of_what_is_signed_can_be_taken_for_another() -> None:
    signed = {
        signed_with(b"key", *words)
        for words in (
            ("1", "case", "alarm", "k", b"{}"),
            ("1", "case", "alarm", "k.", b"{}"),
            ("1", "case", "alarm", "", b"k\n{}"),
            ("1", "case", "alarm\nk", "", b"{}"),
            ("1case", "", "alarm", "k", b"{}"),
            ("2", "case", "alarm", "k", b"{}"),
        )
    }
    assert len(signed) == 6


@pytest.mark.parametrize(
    ("key", "body", "called"),
    [
        ("probe/abc/now", {}, "the probe"),
        ("shell/1", {"alarm": "x"}, None),
        ("any", {"alarm": "disk"}, "sent/disk"),
        ("any", {"alarm": ["disk"]}, None),
        ("any", {}, None),
    ],
)
def test_an_alarm_is_known_again_by_its_name(key: str, body: dict[str, object], called: str | None) -> None:
    assert Arrival(1, "alarm", key, body, NOON).called == called  # type: ignore[arg-type]


def test_what_it_says_is_its_summary_or_all_of_it_cut() -> None:
    assert Arrival(1, "alarm", "k", {"summary": "down"}, NOON).says == "down"
    assert Arrival(1, "alarm", "k", {"disk": 99}, NOON).says == '{"disk": 99}'
    assert len(Arrival(1, "alarm", "k", {"summary": "x" * 9_000}, NOON).says) == 2_000
