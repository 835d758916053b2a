"""The verifier against chains that are built here, by hand, as its docstring says a line is hashed."""

import hashlib
from dataclasses import replace

import pytest

from checkpoints.core.audit import GENESIS, Anchor, Head, Line, verify


def chain(length: int, event: str = "asked") -> list[Line]:
    lines: list[Line] = []
    previous = GENESIS
    for number in range(1, length + 1):
        parts = (
            str(number),
            "2026-03-02T12:00:00.000000Z",
            "countersign_desk",
            event,
            f'{{"n": {number}}}',
            previous,
        )
        previous = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        lines.append(Line(number, *parts[1:], previous))
    return lines


def head(lines: list[Line]) -> Head:
    return Head(lines[-1].number, lines[-1].hash) if lines else Head(0, GENESIS)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_chain_that_nobody_touched_holds(length: int) -> None:
    assert verify(chain(length), head(chain(length))) == []


@pytest.mark.parametrize("part", ["at", "login", "event", "body"])
def test_each_part_of_a_line_is_held(part: str) -> None:
    lines = chain(3)
    lines[1] = replace(lines[1], **{part: "forged"})  # type: ignore[arg-type]
    assert verify(lines, head(lines)) == ["line 2: its content was changed after it was written"]


def test_an_edited_line_with_a_new_hash_of_its_own_breaks_the_next() -> None:
    lines = chain(3)
    lines[1] = replace(lines[1], body="{}", hash=hashlib.sha256(b"anything").hexdigest())
    assert "line 3: does not follow the line before it" in verify(lines, head(lines))


def test_a_missing_line_is_named() -> None:
    lines = chain(4)
    assert "line 2: missing or out of order; the next one found is 3" in verify([lines[0], *lines[2:]], head(lines))


def test_two_lines_that_changed_places_are_named() -> None:
    one, two, three = chain(3)
    assert any("out of order" in wrong for wrong in verify([two, one, three], head([three])))


def test_a_missing_end_is_seen_by_the_head() -> None:
    lines = chain(3)
    assert verify(lines[:2], head(lines)) == [
        "the chain ends at line 2, but its head names line 3: the end was changed"
    ]
    assert verify([], head(lines)) != []


def test_a_line_put_in_twice_is_seen() -> None:
    one, two = chain(2)
    assert verify([one, two, two], head([two])) != []


def test_the_end_alone_is_looked_at_from_a_line_that_is_believed() -> None:
    lines = chain(6)
    believed = head(lines[:3])
    assert verify(lines[3:], head(lines), believed) == []
    assert verify(lines[4:], head(lines), believed) != []
    edited = [*lines[3:5], replace(lines[5], body="{}")]
    assert any("line 6" in told for told in verify(edited, head(lines), believed))


def signed(line: Line) -> Anchor:
    return Anchor(line.number, line.hash, "2026-03-02T13:00:00Z")


def test_a_chain_with_its_signed_heads_in_it_holds() -> None:
    lines = chain(5)
    assert verify(lines, head(lines), anchors=[signed(lines[1]), signed(lines[4])]) == []


def test_a_chain_written_anew_holds_by_itself_and_not_against_a_signed_head() -> None:
    before, anew = chain(5), chain(7, event="asked by another")
    assert verify(anew, head(anew)) == []
    [wrong] = verify(anew, head(anew), anchors=[signed(before[3])])
    assert wrong.startswith("line 4: not the one that was signed at 2026-03-02T13:00:00Z")


def test_an_end_that_was_cut_off_with_its_head_is_missed_by_a_signed_one_only() -> None:
    lines = chain(5)
    assert verify(lines[:3], head(lines[:3])) == []
    [wrong] = verify(lines[:3], head(lines[:3]), anchors=[signed(lines[2]), signed(lines[4])])
    assert wrong.startswith("line 5, signed at 2026-03-02T13:00:00Z, is not there; the audit ends at line 3")


def test_an_audit_that_is_gone_altogether_is_missed() -> None:
    lines = chain(2)
    assert verify([], Head(0, GENESIS), anchors=[signed(lines[1])]) != []


def test_what_was_signed_before_the_believed_line_is_not_looked_for_after_it() -> None:
    lines = chain(6)
    assert verify(lines[3:], head(lines), head(lines[:3]), [signed(lines[0]), signed(lines[2])]) == []


def test_a_head_that_was_taken_away_is_no_chain_that_holds() -> None:
    assert verify(chain(2), None) == ["the audit has no head: it was taken away"]
