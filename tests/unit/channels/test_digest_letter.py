"""A digest as a letter: every question at high risk is in it, whatever an agent says, and what is foreign is inert."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.clock.ladder import OPEN, Rung
from checkpoints.core.model import Risk
from checkpoints.core.shown.letter import LONGEST_SUBJECT, together
from tests.stage.desks import spend
from tests.unit.channels.test_letter import FOREIGN, LINKED, TAGS, Reader
from tests.unit.core.points import point

BUNDLE = "http://127.0.0.1:8710/bundles/flood:read-later-digest"
says = st.sampled_from([OPEN, *Rung])


@given(st.lists(st.tuples(FOREIGN, says, st.booleans()), min_size=1, max_size=60), FOREIGN)
def test_whatever_is_asked_all_that_is_at_high_risk_is_said_and_nothing_foreign_is_a_link(
    asked: list[tuple[str, str, bool]], title: str
) -> None:
    points = [
        (
            point(number=n, case_title=title, request=spend(action=action, risks=(Risk.DELETES,) if risky else ())),
            rung,
        )
        for n, (action, rung, risky) in enumerate(asked, 1)
    ]
    letter = together(points, BUNDLE)
    assert "\n" not in letter.subject
    assert len(letter.subject) <= LONGEST_SUBJECT + 40
    risky = [found.label for found, _ in points if found.request.risks]
    assert [label for label in risky if f"! {label}: deletes" not in letter.plain] == []
    assert LINKED.findall(letter.plain.replace(BUNDLE, "")) == []
    read = Reader(letter.html)
    assert read.tags <= TAGS
    assert read.links == [BUNDLE]


def test_what_is_said_of_each_is_its_own_part() -> None:
    first, second = point(number=1), replace(point(number=2), deadline_at=None)
    plain = together([(first, OPEN), (second, Rung.BACKUP)], BUNDLE).plain
    waits, overdue = plain.index("They wait for your answer:"), plain.index("Overdue: you are the backup")
    assert waits < plain.index("read-later-digest/1:") < overdue < plain.index("read-later-digest/2:")
