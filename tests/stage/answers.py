"""A person who answers whatever a case asks, by the actions that page and shell use, as each card's fields want it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

from checkpoints.actions import deciding, reading
from checkpoints.actions.credentials import consenting, giving
from checkpoints.actions.people import proving
from checkpoints.core.errors import IllegalMove, NeedsFactor
from checkpoints.core.lifecycle import State
from checkpoints.core.model import FieldSort, Person, Verdict
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store.desk import Desk
from tests.integration.page.serving import hidden
from tests.stage.runs import eventually
from tests.stage.wires.plain import NOBODY

SECRETS = {
    "consumer_key": "4711-0123456789abcdef01234567",
    "api_key": "SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}
CHOICES = {"option": "subdomain", "next": "retry", "outcome": "done"}
TEXT = "seen, and as it should be"

Say = Callable[[Checkpoint], tuple[Verdict, str] | None]
"""What is said to a question: a verdict and a note; None: as it wants, a yes."""


def yes(_: Checkpoint) -> None:
    return None


@dataclass(frozen=True)
class Answers:
    """`desk` has a vault; `code` gives what the person's authenticator shows."""

    desk: Desk
    person: Person
    code: Callable[[], str]

    def until_it_ends(self, case: Case, say: Say = yes, seconds: float = 170) -> Case:
        """Every question of the case, as `say` has it; the case as it ended."""
        return self.until_all_end([case], say, seconds)[case.slug]

    def until_all_end(self, cases: Sequence[Case], say: Say = yes, seconds: float = 170) -> dict[str, Case]:
        """Whatever waits, of all of them at once; by their short names, as they ended."""
        slugs = {case.slug for case in cases}

        def over() -> dict[str, Case] | None:
            for point in reading.inbox(self.desk).points:
                if point.state is State.OPEN and point.case in slugs:
                    self.answer(point, say)
            known = {case.slug: case for case in reading.projects(self.desk)}
            return known if all(known[slug].state != "running" for slug in slugs) else None

        return eventually(over, f"the end of {', '.join(sorted(slugs)[:3])}", seconds, 0.2)

    def answer(self, point: Checkpoint, say: Say = yes) -> None:
        """One question; what moved meanwhile is looked at again with the next look."""
        verdict, note = say(point) or (Verdict.APPROVE, "")
        try:
            if verdict is not Verdict.APPROVE:
                press = deciding.Press(point.id, point.revision, point.digest, verdict, note=note)
                deciding.answer(self.desk, self.person, press)
            elif point.kind == "third-party-integration":
                self._consent(point)
            else:
                self._approve(point)
        except IllegalMove as moved:
            print(f"{point.label}: {moved}")

    def _approve(self, point: Checkpoint) -> None:
        values = fields(point)
        secret = any(blank.sort is FieldSort.SECRET for blank in point.request.fields)
        press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE, {} if secret else values)
        try:
            if secret:
                giving.give(self.desk, self.person, press, values)
            else:
                deciding.answer(self.desk, self.person, press)
        except NeedsFactor:
            proving.prove(self.desk, self.person, self.code())
            deciding.answer(self.desk, self.person, press)

    def _consent(self, point: Checkpoint) -> None:
        press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
        _, address = consenting.begin(self.desk, self.person, press)
        with httpx.Client(verify=NOBODY, trust_env=False) as browser:
            form = hidden(browser.get(address).text)
            allowed = {f"scope.{scope}": "yes" for scope in form["scope"].split()}
            back = browser.post(address, data=form | allowed | {"allow": "yes"}).headers["location"]
        query = parse_qs(urlsplit(back).query)
        begun = consenting.take(self.desk, self.person, query["state"][0])
        consenting.finish(self.desk, self.person, begun, query["code"][0])


def fields(point: Checkpoint) -> Mapping[str, str]:
    """What the yes fills in."""
    filled = {}
    for blank in point.request.fields:
        choices = [value for value, _ in blank.choices]
        wanted = CHOICES.get(blank.name, "")
        first = wanted if wanted in choices else choices[0] if choices else TEXT
        filled[blank.name] = SECRETS.get(blank.name, "") or blank.default or first
    return filled
