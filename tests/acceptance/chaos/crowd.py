"""People who start projects and answer what is asked, at random doors and moments, whatever dies meanwhile.

Rule: who hears no clear yes or no looks first, and says it again only where it isn't there, as a person would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import repeat
from uuid import UUID

import httpx

from checkpoints.actions import deciding, reading, withdrawing
from checkpoints.actions.courses import opening
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import NewCase
from checkpoints.store.desk import Desk
from tests.acceptance.chaos.choices import Choice, Door, Said, Seed, Way
from tests.integration.page.serving import hidden
from tests.stage import asking_flow
from tests.stage.runs import eventually

SECONDS_UNTIL_IT_CAN_BE_SEEN = 120


class Heard(StrEnum):
    """What a press came to, for whoever pressed."""

    RECORDED = "recorded"
    NO = "a no"
    NOTHING_CLEAR = "nothing clear"


@dataclass(frozen=True)
class Somebody:
    """A person, and their browser, in which they are signed in."""

    person: Person
    browser: httpx.Client


@dataclass(frozen=True)
class Word:
    """What somebody said to one revision of a question; no verdict: they withdrew it."""

    label: str
    revision: int
    person: UUID
    verdict: Verdict | None
    note: str


@dataclass(frozen=True)
class Crowd:
    """`told`: what somebody saw recorded at once; `found`: what they found recorded after they had looked."""

    desk: Desk
    seed: Seed
    people: Mapping[Role, Sequence[Somebody]]
    opener: Person
    told: list[Word] = field(default_factory=list)
    found: set[Word] = field(default_factory=set)
    stale: list[Word] = field(default_factory=list)
    heard: Counter[str] = field(default_factory=Counter)
    seen: dict[tuple[str, int], Checkpoint] = field(default_factory=dict)

    def open(self, slug: str) -> bool:
        """Whether the project is there now: started, or found."""
        new = NewCase(slug, asking_flow.SORT, slug, "Client Inc.", None, {"cost": self.seed.cost(slug)})
        try:
            opening.open_case(self.desk, self.opener, new)
        except Unavailable:
            return False
        except Refused:
            # An earlier try was recorded though nobody could say so. If there is no such project, this raises.
            reading.story(self.desk, slug)
        return True

    def answer(self, point: Checkpoint, choice: Choice) -> None:
        """Once, however often they press. Where nothing came of it, it still waits, and is answered once more."""
        them = self.people[point.roles_to_come[0]]
        who, rival = them[choice.who % len(them)], them[(choice.who + 1) % len(them)]
        first, second = choice.doors
        said = self._looked_up(point) if point.kind == "reconcile" else choice.said
        before = self.seen.get((point.label, point.revision - 1))
        self.seen[point.label, point.revision] = point
        if choice.way is Way.ON_A_STALE_CARD_FIRST and before is not None:
            self._press_stale(who, before, said, second)
        if point.kind != "reconcile" and choice.way is Way.AGAINST_A_RIVAL:
            self._at_once(point, (who, said, first), (rival, choice.rival, second))
        elif choice.way is Way.TWICE_AT_ONCE:
            self._at_once(point, (who, said, first), (who, said, second))
        else:
            self.press(who, point, said, first)
        if choice.way is Way.TWICE_IN_A_ROW:
            self.press(who, point, said, second)

    def press(self, who: Somebody, point: Checkpoint, said: Said, door: Door) -> Heard:
        """One press; after anything but a success they look whether it is there."""
        word = Word(point.label, point.revision, who.person.id, said.verdict, said.note)
        heard = _press(self.desk, who, point, said, door)
        self.heard[heard] += 1
        if heard is Heard.RECORDED:
            self.told.append(word)
        elif eventually(lambda: self._stands(word), f"a look at {point.label}", SECONDS_UNTIL_IT_CAN_BE_SEEN, 0.5):
            self.found.add(word)
        return heard

    def recorded(self) -> list[str]:
        """What each recorded word says."""
        return [word.verdict or "withdraw" for word in {*self.told, *self.found}]

    def _press_stale(self, who: Somebody, before: Checkpoint, said: Said, door: Door) -> None:
        verdict = said.verdict or Verdict.REJECT
        answer = Said(verdict, said.note or "of a revision that is gone", said.fields)
        if _press(self.desk, who, before, answer, door) is Heard.RECORDED:
            self.stale.append(Word(before.label, before.revision, who.person.id, verdict, answer.note))

    def _at_once(self, point: Checkpoint, *presses: tuple[Somebody, Said, Door]) -> None:
        people, words, doors = zip(*presses, strict=True)
        with ThreadPoolExecutor(len(presses)) as hands:
            list(hands.map(self.press, people, repeat(point), words, doors))

    def _stands(self, word: Word) -> bool | None:
        """Whether it is recorded; None while that can't be seen."""
        try:
            return stands(reading.show(self.desk, word.label).point, word)
        except Unavailable:
            return None

    def _looked_up(self, point: Checkpoint) -> Said:
        """What became of an effect that nobody knows about: a person looks at the world."""
        happened = asking_flow.happened(self.desk.home, point.case)
        return Said(Verdict.APPROVE, fields=(("outcome", "done" if happened else "failed"),))


def stands(point: Checkpoint, word: Word) -> bool:
    """Whether a word is in the record of its checkpoint."""
    if word.verdict is None:
        return point.state is State.WITHDRAWN and point.because == word.note
    said = (word.person, word.verdict, word.revision)
    return any((answer.person_id, answer.verdict, answer.revision) == said for answer in point.answers)


def _press(desk: Desk, who: Somebody, point: Checkpoint, said: Said, door: Door) -> Heard:
    try:
        if door is Door.PAGE:
            _at_the_page(who.browser, point, said)
        elif said.verdict is None:
            withdrawing.withdraw(desk, who.person, point.id, said.note)
        else:
            press = deciding.Press(point.id, point.revision, point.digest, said.verdict, dict(said.fields), said.note)
            deciding.answer(desk, who.person, press)
    except (IllegalMove, NotYourCall):
        return Heard.NO
    except (Unavailable, httpx.TransportError):
        return Heard.NOTHING_CLEAR
    return Heard.RECORDED


def _at_the_page(browser: httpx.Client, point: Checkpoint, said: Said) -> None:
    """Raises as the action does, by the page's status."""
    form = {"form_token": hidden(_taken(browser.get(f"/checkpoints/{point.label}"), 200).text)["form_token"]}
    if said.verdict is None:
        _taken(browser.post(f"/checkpoints/{point.label}/withdraw", data=form | {"because": said.note}), 303)
        return
    form |= {"verdict": said.verdict, "revision": str(point.revision), "subject": point.digest, "note": said.note}
    form |= {f"field.{name}": value for name, value in said.fields}
    _taken(browser.post(f"/checkpoints/{point.label}/answer", data=form), 303)


NO = {403: NotYourCall, 409: IllegalMove, 503: Unavailable}


def _taken(answer: httpx.Response, right: int) -> httpx.Response:
    if answer.status_code in NO:
        raise NO[answer.status_code](answer.text)
    assert answer.status_code == right, f"the page said {answer.status_code}: {answer.text}"
    return answer
