"""Each checkpoint as its audit lines tell it, from question to effect, with what an auditor should look at.

Rule: nothing is told here that no line says.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from checkpoints.core.audit import Line
from checkpoints.core.digest import approved as named
from checkpoints.core.model import Json, Rule
from checkpoints.core.model import named as in_words

GLASS = "glass broken"
"""The event of an approval in an emergency, past the rule."""
REFUSALS = (
    "try refused",
    "submission refused",
    "ticket refused",
    "second opening refused",
    "second factor refused",
)
OPEN, APPROVED, BY_RULE = "open", "approved", "approved by the rule"
OUTCOMES = (APPROVED, BY_RULE, "rejected", "expired", "withdrawn", "refused by the desk", "void", OPEN)
OWN = "requester approved"
EARLY = "decided before it was asked"
BEFORE = "acted before the decision"
WITHOUT = "acted without an approval"
OTHER = "what ran is not what was approved"
TOO_FEW = "approved by fewer than its rule asks"
UNKNOWN = "nobody knows what the act came to"
EMERGENCY = "approved in an emergency"
UNSEEN = "what was asked can't be shown"
TO_LOOK_AT = (OWN, EARLY, BEFORE, WITHOUT, OTHER, TOO_FEW, UNKNOWN, EMERGENCY, UNSEEN)


@dataclass(frozen=True)
class Approval:
    """One person's yes to the present revision."""

    by: str
    role: str
    way: str
    at: str
    same_person: bool


@dataclass(frozen=True)
class Told:
    """One checkpoint. Times are the audit's own text; `newest` is the number of its last line that says something.

    `decided`, `ended`: by whom and when. `fields` is None where no line says how they were filled.
    """

    checkpoint: str
    newest: int = 0
    kind: str = ""
    agent: str = ""
    run: str = ""
    asked_at: str = ""
    revision: int = 0
    subject: str = ""
    outcome: str = OPEN
    roles: tuple[str, ...] = ()
    rule: str = ""
    adopted_by: str = ""
    approvals: tuple[Approval, ...] = ()
    fields: Mapping[str, Json] | None = None
    decided: tuple[str, str] = ("", "")
    ended: tuple[str, str] = ("", "")
    because: str = ""
    emergency: bool = False
    acted: str = ""
    acted_at: str = ""
    done_at: str = ""
    reopens: str = ""
    found: frozenset[str] = field(default_factory=frozenset)


Body = Mapping[str, Json]
Tells = Callable[[Told, Line, Body], Told]


def told(checkpoint: str, lines: Iterable[Line]) -> Told | None:
    """The checkpoint as these lines, oldest first, tell it; None when none of them asks it."""
    now = Told(checkpoint)
    for line in lines:
        tells = EVENTS.get(line.event)
        if tells is not None and (now.newest or line.event == "asked"):
            now = replace(tells(now, line, json.loads(line.body)), newest=line.number)
    return now if now.newest else None


def to_look_at(point: Told, requester: str) -> tuple[str, ...]:
    """What an auditor should look at, whether or not it was right."""
    found = set(point.found)
    if any(yes.same_person or yes.by.casefold() == requester.casefold() for yes in point.approvals):
        found.add(OWN)
    if point.decided[1] and point.decided[1] < point.asked_at:
        found.add(EARLY)
    if point.acted == "unknown":
        found.add(UNKNOWN)
    if point.emergency:
        found.add(EMERGENCY)
    return tuple(words for words in TO_LOOK_AT if words in found)


def _asked(now: Told, line: Line, body: Body) -> Told:
    asked = replace(now, kind=_text(body, "kind"), agent=_text(body, "agent"), run=_text(body, "run"))
    return replace(asked, asked_at=line.at, revision=1, subject=_text(body, "subject"))


def _reopened(now: Told, line: Line, body: Body) -> Told:
    return replace(now, reopens=_text(body, "reopens"))


def _opened(now: Told, line: Line, body: Body) -> Told:
    roles = tuple(_text(body, "roles").split(", ")) if body.get("roles") else ()
    return replace(now, roles=roles, rule=_text(body, "rule"), adopted_by=_text(body, "adopted_by"))


def _revised(now: Told, line: Line, body: Body) -> Told:
    number = body.get("revision")
    revision = number if isinstance(number, int) else now.revision
    fresh = replace(now, revision=revision, subject=_text(body, "subject"), approvals=(), fields=None)
    return replace(fresh, outcome=OPEN, roles=(), rule="", adopted_by="")


def _yes(now: Told, line: Line, body: Body) -> Told:
    yes = Approval(_text(body, "by"), _text(body, "as"), _text(body, "way"), line.at, body.get("same_person") is True)
    given = (*now.approvals, yes)
    after = replace(now, approvals=given, fields=_fields(body))
    if line.event != "approved":
        return after
    people = {yes.by.casefold(): yes.role for yes in given}
    found = now.found | {TOO_FEW} if Counter(now.roles) - Counter(people.values()) else now.found
    return replace(after, outcome=APPROVED, decided=(yes.by, line.at), found=found)


def _by_rule(now: Told, line: Line, body: Body) -> Told:
    passed = replace(_opened(now, line, body), fields=_fields(body), outcome=BY_RULE)
    return replace(passed, decided=(in_words(Rule(passed.rule, passed.adopted_by)), line.at))


def _rejected(now: Told, line: Line, body: Body) -> Told:
    return replace(now, outcome="rejected", decided=(_text(body, "by"), line.at), because=_text(body, "note"))


def _changes(now: Told, line: Line, body: Body) -> Told:
    return now


def _ended(outcome: str, by: str = "") -> Tells:
    def ends(now: Told, line: Line, body: Body) -> Told:
        because = _text(body, "because") or _text(body, "why")
        return replace(now, outcome=outcome, ended=(by or _text(body, "by"), line.at), because=because)

    return ends


def _begun(now: Told, line: Line, body: Body) -> Told:
    wrong = {
        WITHOUT: now.outcome not in (APPROVED, BY_RULE),
        BEFORE: line.at < now.decided[1],
        OTHER: now.fields is not None and body.get("digest") != _approved(now, now.fields),
    }
    found = now.found | {words for words, so in wrong.items() if so}
    return replace(now, acted="begun", acted_at=line.at, done_at="", found=found)


def _approved(now: Told, fields: Mapping[str, Json]) -> str:
    return named(now.subject, {name: str(value) for name, value in fields.items()}, now.revision)


def _came_to(outcome: str) -> Tells:
    return lambda now, line, body: replace(now, acted=outcome, done_at=line.at)


def _glass(now: Told, line: Line, body: Body) -> Told:
    return replace(now, emergency=True)


EVENTS: dict[str, Tells] = {
    "asked": _asked,
    "reopened": _reopened,
    "opened": _opened,
    "revised": _revised,
    "approved in part": _yes,
    "approved": _yes,
    BY_RULE: _by_rule,
    "rejected": _rejected,
    "changes asked for": _changes,
    "refused by the desk": _ended("refused by the desk", "the desk"),
    "expired": _ended("expired", "the clock"),
    "withdrawn": _ended("withdrawn"),
    "voided": _ended("void"),
    "permit begun": _begun,
    "permit done": _came_to("done"),
    "permit failed": _came_to("failed"),
    "permit unknown": _came_to("unknown"),
    GLASS: _glass,
}


def _fields(body: Body) -> Mapping[str, Json] | None:
    fields = body.get("fields")
    return fields if isinstance(fields, dict) else None


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)
