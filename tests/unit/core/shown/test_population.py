"""What the lines of a checkpoint come to, told twice: by what writes the export and by what checks it."""

import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.actions.audit.verifier import following, reading
from checkpoints.core.audit import Line
from checkpoints.core.digest import approved
from checkpoints.core.model import Json
from checkpoints.core.shown.population import EVENTS, OUTCOMES, TO_LOOK_AT, told
from checkpoints.core.shown.sheet import COLUMNS, Counts, row

SUBJECT = "a" * 64
Said = tuple[str, str, Mapping[str, Json]]
ASKED: Said = ("asked", "2026-03-02T12:00:00.000000Z", {"kind": "spend", "agent": "Hermes", "subject": SUBJECT})
OPENED: Said = ("opened", "2026-03-02T12:00:01.000000Z", {"roles": "to, manager", "rule": "r1", "adopted_by": "Eve"})


def yes(by: str, role: str, second: int, event: str = "approved", **more: Json) -> Said:
    """An approval, so many seconds after the question."""
    return event, f"2026-03-02T12:00:{second:02}.000000Z", {"by": by, "as": role, "way": "page", "fields": {}, **more}


def permit(what: str, second: int, **more: Json) -> Said:
    return f"permit {what}", f"2026-03-02T12:00:{second:02}.000000Z", more


PART, WHOLE = yes("Ada", "to", 2, "approved in part"), yes("Mia", "manager", 3)
BOUND = approved(SUBJECT, {}, 1)
CASES: Mapping[str, Sequence[Said]] = {
    "": (ASKED, OPENED, PART, WHOLE, permit("begun", 4, digest=BOUND), permit("done", 5)),
    "requester approved": (ASKED, OPENED, yes("mira", "to", 2, "approved in part"), WHOLE),
    "decided before it was asked": (("asked", "2026-03-03T12:00:00.000000Z", {}), OPENED, PART, WHOLE),
    "acted before the decision": (ASKED, OPENED, PART, WHOLE, permit("begun", 1, digest=BOUND)),
    "acted without an approval": (ASKED, OPENED, PART, permit("begun", 4, digest=BOUND)),
    "what ran is not what was approved": (ASKED, OPENED, PART, WHOLE, permit("begun", 4, digest="b" * 64)),
    "approved by fewer than its rule asks": (ASKED, OPENED, yes("Ada", "to", 2)),
    "nobody knows what the act came to": (
        *(ASKED, OPENED, PART, WHOLE),
        *(permit("begun", 4, digest=BOUND), permit("unknown", 5)),
    ),
    "approved in an emergency": (ASKED, OPENED, ("glass broken", "2026-03-02T12:00:02.000000Z", {})),
}


def of(said: Sequence[Said]) -> list[Line]:
    bodies = [(event, at, json.dumps({"checkpoint": "sample/1", **body})) for event, at, body in said]
    return [Line(number, at, "desk", event, body, "", "") for number, (event, at, body) in enumerate(bodies, 1)]


def written(said: Sequence[Said], requester: str = "Mira", subject: str = "{}") -> list[str]:
    point = told("sample/1", of(said))
    assert point is not None
    return row(point, requester, subject, Counts())


def checked(said: Sequence[Said], requester: str = "Mira", subject: str = "{}") -> list[str]:
    first, *others = of(said)
    point = following.Point(as_read(first), json.loads(first.body))
    for line in others:
        if line.event in following.HEARD:
            point.hear(as_read(line), json.loads(line.body))
    return point.row(requester, subject)


def as_read(line: Line) -> reading.Line:
    return reading.Line(line.number, line.at, line.event, line.body, "", "", b"")


@pytest.mark.promise("H4.2")
@pytest.mark.parametrize("look", CASES)
def test_what_an_auditor_should_look_at_is_said_by_the_writer_and_by_the_verifier(look: str) -> None:
    assert written(CASES[look])[-1] == checked(CASES[look])[-1] == look


@pytest.mark.promise("H4.2")
@pytest.mark.parametrize(("second", "look"), [("ada", "approved by fewer than its rule asks"), ("Eve", "")])
def test_where_two_of_a_role_are_asked_one_person_is_one(second: str, look: str) -> None:
    opened: Said = ("opened", "2026-03-02T12:00:01.000000Z", {"roles": "to, to"})
    said = (ASKED, opened, yes("Ada", "to", 2, "approved in part"), yes(second, "to", 3))
    assert written(said)[-1] == checked(said)[-1] == look


def test_what_was_asked_anew_is_approved_anew() -> None:
    revised: Said = ("revised", "2026-03-02T12:00:03.000000Z", {"revision": 2, "subject": "b" * 64})
    found = dict(zip(COLUMNS, written((ASKED, OPENED, PART, revised, OPENED)), strict=True))
    assert (found["approvals"], found["approver 1"], found["revision"], found["outcome"]) == ("0", "", "2", "open")
    assert found["subject SHA-256"] == "b" * 64


TIMES = st.sampled_from([f"2026-03-02T12:00:0{second}.000000Z" for second in range(9)])
WORDS = st.sampled_from(["Ada", "mira", "=1", "a\nb", ""])
BODIES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("by", "way", "note", "because", "why", "adopted_by", "reopens"), WORDS),
        "as": st.sampled_from(["to", "manager", None]),
        "roles": st.sampled_from(["to", "to, to", "to, manager", ""]),
        "rule": st.sampled_from(["r1", "r2"]),
        "subject": st.sampled_from([SUBJECT, "b" * 64]),
        "digest": st.sampled_from([BOUND, approved("b" * 64, {"seats": "7"}, 2), "c" * 64]),
        "fields": st.sampled_from([{}, {"seats": "7"}]),
        "revision": st.integers(1, 3),
        "same_person": st.booleans(),
    },
)
SAID = st.tuples(
    st.sampled_from([*(event for event in EVENTS if event != "asked"), "told", "try refused"]), TIMES, BODIES
)


@given(st.lists(SAID, max_size=12), st.sampled_from(["Mira", "Ada", ""]), st.sampled_from(["{}", ""]))
def test_whatever_the_lines_say_writer_and_verifier_tell_the_same(
    said: Sequence[Said], requester: str, subject: str
) -> None:
    assert written((ASKED, *said), requester, subject) == checked((ASKED, *said), requester, subject)


def test_the_two_which_share_no_code_speak_of_the_same() -> None:
    assert tuple(following.COLUMNS) == COLUMNS
    assert set(following.HEARD) == set(EVENTS)
    assert (following.OUTCOMES, following.TO_LOOK_AT) == (OUTCOMES, TO_LOOK_AT)
