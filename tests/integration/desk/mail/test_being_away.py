"""Who is away is not told, somebody else is, and nobody gets a role by it."""

import json
from datetime import date, timedelta

import pytest

from checkpoints.actions import deciding, escalating, reading
from checkpoints.actions.people import leaving, scheduling
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused
from checkpoints.core.model import Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.integration.desk.mail.conftest import Told
from tests.integration.desk.moments import later
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend

DAY = timedelta(days=1)


def today(office: Office) -> date:
    return reading.now(office.desk).date()


def ask(told: Told, slug: str = "sample") -> tuple[Checkpoint, list[str]]:
    """A question, and who was told of it."""
    before = len(told.post.mails)
    point = told.office.ask(told.office.case(slug), spend("60"))
    told.carry()
    return point, sorted(mail["To"].addresses[0].username for mail in told.post.mails[before:])


def opened(office: Office, point: Checkpoint) -> str | None:
    """What the story says of who is away."""
    lines = reading.history(office.desk, point.label).lines
    (body,) = [json.loads(line.body) for line in lines if line.event == "opened"]
    said = body.get("away")
    return None if said is None else str(said)


@pytest.fixture
def away(told: Told) -> Told:
    """Ada is away today and tomorrow, Bob stands in for her; he is the backup, and Ben answers too."""
    told.add("Bob", Role.TO)
    told.add("Ben", Role.TO)
    office = told.office
    scheduling.set_backup(office.desk, office.ada, "Bob", True)
    leaving.leave(office.desk, office.ada, "Ada", today(office), today(office) + DAY, "Bob")
    return told


def test_the_one_named_is_told_instead_and_the_story_says_so(away: Told) -> None:
    point, told = ask(away)
    assert told == ["ben", "bob"]
    assert opened(away.office, point) == "Ada (Bob instead)"


def test_without_one_named_the_others_of_the_role_are(away: Told) -> None:
    leaving.leave(away.office.desk, away.office.ada, "Ada", today(away.office), today(away.office))
    point, told = ask(away)
    assert (told, opened(away.office, point)) == (["ben"], "Ada")


def test_nobody_gets_a_role_by_it(away: Told) -> None:
    mia = away.add("Mia", Role.MANAGER)
    leaving.leave(away.office.desk, away.office.ada, "Ada", today(away.office), today(away.office), "Mia")
    point, told = ask(away)
    assert (told, opened(away.office, point)) == (["ben"], "Ada")
    with pytest.raises(NotYourCall):
        deciding.answer(away.office.desk, mia, deciding.Press(point.id, 1, point.digest, Verdict.APPROVE))


def test_whoever_is_away_may_answer_all_the_same(away: Told) -> None:
    point, _ = ask(away)
    said = deciding.Press(point.id, 1, point.digest, Verdict.APPROVE)
    assert deciding.answer(away.office.desk, away.office.ada, said).decision is not None


def test_one_who_leaves_later_is_not_reminded_and_who_stands_in_is_asked(told: Told) -> None:
    told.add("Bob", Role.TO)
    scheduling.set_backup(told.office.desk, told.office.ada, "Bob", True)
    _, first = ask(told)
    leaving.leave(told.office.desk, told.office.ada, "Ada", today(told.office), today(told.office) + DAY, "Bob")
    later(told.office, "61 minutes")
    escalating.climb_next(told.office.desk)
    told.carry()
    assert first == ["ada"]
    assert [mail["To"].addresses[0].username for mail in told.post.mails] == ["ada", "bob"]


def test_an_absence_ends_by_itself_or_by_a_word(away: Told) -> None:
    office = away.office
    later(office, "49 hours")
    assert ask(away)[1] == ["ada", "ben"]
    leaving.leave(office.desk, office.ada, "Ada", today(office), today(office), "Bob")
    assert ask(away, "second")[1] == ["ben", "bob"]
    assert leaving.come_back(office.desk, office.ada, "ada") == "Ada"
    assert ask(away, "third")[1] == ["ada", "ben"]
    with pytest.raises(IllegalMove, match="Ada is not away"):
        leaving.come_back(office.desk, office.ada, "ada")


def test_one_that_is_to_come_changes_nothing_yet(told: Told) -> None:
    told.add("Bob", Role.TO)
    first = today(told.office) + 3 * DAY
    leaving.leave(told.office.desk, told.office.ada, "Ada", first, first, "Bob")
    assert ask(told)[1] == ["ada", "bob"]


def test_where_nobody_is_there_the_question_is_kept_from_nobody(told: Told) -> None:
    leaving.leave(told.office.desk, told.office.ada, "Ada", today(told.office), today(told.office))
    point, asked = ask(told)
    assert (asked, opened(told.office, point)) == (["ada"], None)


def test_what_is_no_absence_is_refused_and_others_absence_is_a_technical_operators_to_say(office: Office) -> None:
    now = today(office)
    for first, last, instead in ((now, now - DAY, ""), (now - 9 * DAY, now - 8 * DAY, ""), (now, date.max, ""),
                                 (now, now, "Ada"), (now, now, "Nobody")):  # fmt: skip
        with pytest.raises(Refused, match=r"Nothing was changed"):
            leaving.leave(office.desk, office.ada, "Ada", first, last, instead)
    with pytest.raises(NotYourCall, match="A technical operator says who is away"):
        leaving.leave(office.desk, office.mira, "Ada", now, now)
    leaving.leave(office.desk, office.mira, "Mira", now, now, "Ada")


def test_the_shell_says_who_is_away_and_when_people_work(shell: Shell) -> None:
    office = shell.office
    now = today(office)
    said = shell.run("people", "away", "ada", "--from", str(now), "--to", str(now + DAY), "--to-whom", "mira")
    assert (said.code, "told instead: Mira" in said.out) == (0, True)
    words = ("--zone", "Europe/Berlin", "--country", "DE", "--from", "08:00", "--to", "16:30")
    assert shell.run("people", "hours", "ada", *words).code == 0
    assert shell.run("people", "backup", "ada").code == 0
    listed = " ".join(shell.run("people", "list").out.split())
    assert "works 08:00 to 16:30 in Europe/Berlin, holidays of DE; backup; away from" in listed
    assert shell.run("people", "back", "ada").out == "Ada is here, and told as before.\n"
    events = [line.event for line in reading.audit_page(office.desk).lines]
    assert events[:4] == ["back", "backup named", "working time set", "away"]
