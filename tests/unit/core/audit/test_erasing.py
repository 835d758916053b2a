"""What is left of a line when somebody is erased, and which erasures a chain, built by hand, bears out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from checkpoints.core.audit import ERASED, GENESIS, OWNER, Head, Line, canonical, examine, verify
from checkpoints.core.work.erasure import Redaction, named_in, pseudonym

GRACE = UUID("3f2a9c1d-0000-4000-8000-000000000001")
CALLED = pseudonym(GRACE)
REDACTION = Redaction(GRACE, ("Grace Hopper", "grace@example.com"), CALLED, ("Grace Hopper-Smith", "Ada", "Grace"))


def redacted(event: str = "approved", **body: object) -> dict[str, object]:
    left: dict[str, object] = json.loads(REDACTION.body(event, json.dumps(body, ensure_ascii=False)))
    return left


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Grace Hopper", CALLED),
        ("grace HOPPER asked for it", f"{CALLED} asked for it"),
        ("as “Grace Hopper”, grace@example.com, said", f"as “{CALLED}”, {CALLED}, said"),
        ("Ada and Grace Hopper", f"Ada and {CALLED}"),
        ("Grace Hopper-Smith", "Grace Hopper-Smith"),
        ("Grace", "Grace"),
        ("Disgrace Hopper", "Disgrace Hopper"),
        ("not.grace@example.com", "not.grace@example.com"),
        ("grace@example.com.au", "grace@example.com.au"),
    ],
)
def test_a_name_goes_where_it_stands_whole_and_anothers_stays(said: str, left: str) -> None:
    assert redacted(note=said, by=said) == {"note": left, "by": left}


def test_whoever_is_called_like_a_word_of_the_desk_takes_no_word_of_it_along() -> None:
    body = {"as": "to", "by": "the desk", "way": "page", "to": "Page, Ada", "because": "desk/3", "event": "page"}
    for name in ("Page", "to", "desk", "the"):
        left = json.loads(Redaction(GRACE, (name,), CALLED).body("approved", json.dumps(body)))
        assert left == body | ({"to": f"{CALLED}, Ada"} if name == "Page" else {})


def test_fields_that_an_approval_binds_stay_and_so_do_keys_numbers_and_every_other_byte() -> None:
    body = '{"by": "Ada", "fields": {"by": "Grace Hopper"}, "n": 1.50, "Grace Hopper": [1, 2e5], "note": "x\\ty"}'
    assert REDACTION.body("approved", body) == body
    changed = body.replace('"Ada"', '"Grace Hopper"')
    assert REDACTION.body("approved", changed) == body.replace('"Ada"', f'"{CALLED}"')


def test_when_they_work_and_are_away_goes_from_lines_about_them_only() -> None:
    said = {"name": "Grace Hopper", "by": "Ada", "from": "2026-01-01", "until": "2026-01-09", "instead": "Ada"}
    left = redacted("away", person=str(GRACE), **said)
    assert left == said | {"person": str(GRACE), "name": CALLED, "from": "erased", "until": "erased"}
    assert redacted("away", person=str(UUID(int=1)), **said)["from"] == "2026-01-01"
    assert redacted("export begun", **said)["from"] == "2026-01-01"


def test_a_refused_try_loses_the_name_that_was_typed_and_keeps_a_checkpoint() -> None:
    assert redacted("try refused", checkpoint=" grace hopper", why="There is no Grace Hopper.") == {
        "checkpoint": CALLED,
        "why": f"There is no {CALLED}.",
    }
    assert redacted("try refused", checkpoint="sample/3", by="Grace Hopper")["checkpoint"] == "sample/3"


def test_a_line_that_erases_is_never_erased_itself() -> None:
    body = json.dumps({"because": "Grace Hopper"})
    assert REDACTION.body(ERASED, body) == body


WORDS = some.sampled_from(["Grace Hopper", "Ada", "grace@example.com", 'so "it" is', "\x00", "é\u2028", ""])
VALUES = some.recursive(
    WORDS
    | some.integers()
    | some.booleans()
    | some.none()
    | some.decimals(allow_nan=False, allow_infinity=False).map(str),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
KEYS = ("by", "note", "because", "kept", "verdict", "revision", "subject", "digest", "as", "way", "fields", "number")


@given(some.dictionaries(some.sampled_from(KEYS), VALUES, max_size=6), some.sampled_from(["approved", "away", "told"]))
def test_nothing_but_names_and_words_of_people_changes(body: dict[str, object], event: str) -> None:
    left = redacted(event, **body)
    assert list(left) == list(body)
    for key, value in body.items():
        if key not in ("by", "note", "because", "kept"):
            assert left[key] == value
        assert _with(left[key], "") == _with(value, "")
    words = json.dumps([left.get(key) for key in ("by", "note", "because")])
    # Names of things are no words: only their values are looked at.
    assert "grace@example.com" not in _values(json.loads(words))


def _with(value: object, name: str) -> object:
    """The same value without what was erased or its pseudonym."""
    if isinstance(value, str):
        for gone in ("Grace Hopper", "grace@example.com", CALLED):
            value = value.replace(gone, name)
        return value
    if isinstance(value, list):
        return [_with(inner, name) for inner in value]
    return {key: _with(inner, name) for key, inner in value.items()} if isinstance(value, dict) else value


def _values(value: object) -> list[str]:
    if isinstance(value, list):
        return [text for inner in value for text in _values(inner)]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _values(inner)]
    return [value] if isinstance(value, str) else []


def test_a_pseudonym_that_somebody_took_before_is_a_longer_one() -> None:
    assert pseudonym(GRACE) == "erased person 3f2a9c1d"
    assert pseudonym(GRACE, ["Erased person 3F2A9C1D"]) == f"erased person {GRACE.hex}"
    assert named_in("asked by ada, today", ["Grace", "Ada"]) == "Ada"
    assert named_in("a disgraceful canada", ["Grace", "Ada"]) is None


def grown(*bodies: tuple[str, str, str]) -> list[Line]:
    """A chain of lines, each (login, event, body)."""
    lines: list[Line] = []
    for number, (login, event, body) in enumerate(bodies, 1):
        bare = Line(number, "2026-03-02T12:00:00.000000Z", login, event, body, lines[-1].hash if lines else GENESIS, "")
        lines.append(replace(bare, hash=hashlib.sha256(canonical(bare)).hexdigest()))
    return lines


def left_of(line: Line) -> str:
    return hashlib.sha256(canonical(line)).hexdigest()


def erasing(left: Mapping[int, str], login: str = OWNER) -> tuple[str, str, str]:
    lines = {str(number): sha256 for number, sha256 in left.items()}
    return login, ERASED, json.dumps({"pseudonym": CALLED, "because": "Art. 17", "lines": lines})


TOLD = [("countersign_desk", "approved", json.dumps({"by": "Grace Hopper", "n": n})) for n in range(3)]


def erased(body: str = '{"by": "erased"}', **changed: object) -> list[Line]:
    """Three lines, the second erased, and a fourth that says so."""
    second = replace(grown(*TOLD)[1], body=body)
    login = str(changed.get("login", OWNER))
    lines = grown(*TOLD, erasing({2: left_of(second)}, login))
    return [lines[0], second, *lines[2:]]


def wrong(lines: list[Line]) -> list[str]:
    return verify(lines, Head(lines[-1].number, lines[-1].hash))


def test_an_erased_line_holds_and_is_told() -> None:
    lines = erased()
    found = examine(lines, Head(lines[-1].number, lines[-1].hash))
    assert (found.wrong, found.erased) == ((), 1)
    assert (found.erasures[0].number, found.erasures[0].because) == (4, "Art. 17")


@pytest.mark.promise("H1.1")
def test_a_line_changed_without_an_erasure_is_found() -> None:
    lines = erased()
    lines[2] = replace(lines[2], body="{}")
    assert wrong(lines) == ["line 3: its content was changed after it was written"]


@pytest.mark.promise("H1.1")
@pytest.mark.parametrize("part", ["at", "login", "event", "body"])
def test_an_erased_line_that_is_changed_again_is_found(part: str) -> None:
    lines = erased()
    lines[1] = replace(lines[1], **{part: "{}"})  # type: ignore[arg-type]
    assert wrong(lines) == ["line 2: its content is not what line 4 left when personal data were erased"]


@pytest.mark.promise("H1.1")
def test_an_erasing_line_that_was_changed_is_found_and_bears_nothing_out() -> None:
    lines = erased()
    lines[3] = replace(lines[3], body=lines[3].body.replace("Art. 17", "Art. 99"))
    assert {told.partition(":")[0] for told in wrong(lines)} == {"line 2", "line 4"}
    # Not even where a later one says so.
    whole = grown(*TOLD, erasing({2: left_of(lines[1])}), erasing({4: left_of(lines[3])}))
    assert any(told.startswith("line 4: its content") for told in wrong([*lines, whole[4]]))


@pytest.mark.promise("H1.1")
def test_an_erasure_that_the_owner_did_not_write_does_not_count() -> None:
    lines = erased(login="countersign_desk")
    assert [told.partition(":")[0] for told in wrong(lines)] == ["line 4", "line 2"]


@pytest.mark.promise("H1.1")
@pytest.mark.parametrize("named", [{4: "0" * 64}, {5: "0" * 64}, {0: "0" * 64}, {2: "0"}, {2: None}], ids=str)
def test_an_erasure_of_itself_of_what_comes_or_of_nothing_readable_does_not_count(named: Mapping[int, str]) -> None:
    assert any(told.startswith("line 4: no erasure that counts") for told in wrong(grown(*TOLD, erasing(named))))


@pytest.mark.promise("H1.1")
@pytest.mark.parametrize("body", ["[]", "{}", '{"lines": 3}', '{"lines": [1]}', "x", '{"lines": {"02": "00"}}'])
def test_an_erasing_line_that_cant_be_read_does_not_count(body: str) -> None:
    assert wrong(grown(*TOLD, (OWNER, ERASED, body))) == [
        "line 4: no erasure that counts; see the runbook of the audit"
    ]


@pytest.mark.promise("H1.1")
def test_an_erased_line_that_was_put_back_is_found() -> None:
    lines = erased()
    lines[1] = grown(*TOLD)[1]
    assert wrong(lines) == ["line 2: stands as before line 4, which erased personal data in it"]


def test_of_two_erasures_of_one_line_the_later_one_counts() -> None:
    first, second = (replace(grown(*TOLD)[1], body=body) for body in ('{"by": "a"}', '{"by": "b"}'))
    lines = grown(*TOLD, erasing({2: left_of(first)}), erasing({2: left_of(second)}))
    assert wrong([lines[0], second, *lines[2:]]) == []
    assert wrong([lines[0], first, *lines[2:]]) != []


def test_the_end_alone_is_looked_at_though_its_erasure_names_older_lines() -> None:
    lines = erased()
    believed, end = Head(2, lines[1].hash), Head(4, lines[3].hash)
    assert verify(lines[2:], end, believed) == []
    assert verify(lines[1:], end, Head(1, lines[0].hash)) == []
