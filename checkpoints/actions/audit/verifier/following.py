"""What the lines of the chain say of each checkpoint, as the cells of its row. Text is shown as a spreadsheet may."""

import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict

from .reading import Body, Json, Line, word

BY_RULE = "approved by the rule"
OUTCOMES = ("approved", BY_RULE, "rejected", "expired", "withdrawn", "refused by the desk", "void", "open")
OWN, EARLY, BEFORE = "requester approved", "decided before it was asked", "acted before the decision"
WITHOUT, OTHER = "acted without an approval", "what ran is not what was approved"
TOO_FEW, UNKNOWN = "approved by fewer than its rule asks", "nobody knows what the act came to"
EMERGENCY, UNSEEN = "approved in an emergency", "what was asked can't be shown"
TO_LOOK_AT = (OWN, EARLY, BEFORE, WITHOUT, OTHER, TOO_FEW, UNKNOWN, EMERGENCY, UNSEEN)
ENDS = {"refused by the desk": "the desk", "expired": "the clock", "withdrawn": "", "voided": ""}
HEARD = ("asked", "reopened", "opened", "revised", "approved in part", "approved", BY_RULE, "rejected", *ENDS)
HEARD += ("changes asked for", "permit begun", "permit done", "permit failed", "permit unknown", "glass broken")
APPROVERS = 6
COLUMNS = [
    *("checkpoint", "kind", "agent", "requested for", "asked at", "revision", "subject SHA-256", "subject"),
    *("outcome", "decided by", "decided at", "ended by", "ended at", "because", "rule", "rule adopted by"),
    *("roles required", "approvals"),
    *(f"approver {number}{part}" for number in range(1, APPROVERS + 1) for part in ("", " as", " way", " at")),
    *("fields", "same person", "emergency", "acted", "acted at", "act ended at", "reopens", "to look at"),
]
LONGEST = 30_000
CUT = "… (cut: the whole is in the chain)"


class Point:
    """One checkpoint: the cells of its row that are known by now, and its last line that says something."""

    def __init__(self, line: Line, said: Body) -> None:
        self.cells: defaultdict[str, str] = defaultdict(str, outcome="open", emergency="no", revision="1")
        self.cells["checkpoint"] = word(said, "checkpoint")
        self.cells["asked at"] = line.at
        self.cells["subject SHA-256"] = word(said, "subject")
        for name in ("kind", "agent"):
            self.cells[name] = word(said, name)
        self.run = word(said, "run")
        self.approved: list[tuple[str, str, str, str]] = []
        self.same_person = False
        self.fields: Json = None
        self.found: set[str] = set()
        self.newest = line.number

    def hear(self, line: Line, said: Body) -> None:
        """What one more line says of it."""
        self.newest, event = line.number, line.event
        if event == "reopened":
            self.cells["reopens"] = word(said, "reopens")
        elif event == "glass broken":
            self.cells["emergency"] = "yes"
        elif event == "revised":
            self._asks_anew(said)
        elif event.startswith("permit "):
            self._acts(line, said)
        else:
            self._answered(line, said)

    def _asks_anew(self, said: Body) -> None:
        self.cells["revision"] = word(said, "revision") or self.cells["revision"]
        self.cells["subject SHA-256"] = word(said, "subject")
        self.cells.update({"roles required": "", "rule": "", "rule adopted by": "", "outcome": "open"})
        self.approved, self.same_person, self.fields = [], False, None

    def _answered(self, line: Line, said: Body) -> None:
        event = line.event
        if event in ("opened", BY_RULE):
            self.cells.update({"rule": word(said, "rule"), "rule adopted by": word(said, "adopted_by")})
            self.cells["roles required"] = word(said, "roles")
        if event in ("approved", "approved in part"):
            self.approved.append((word(said, "by"), word(said, "as"), word(said, "way"), line.at))
            self.same_person |= said.get("same_person") is True
        if event in ("approved", "approved in part", BY_RULE):
            self.fields = said.get("fields")
        if event in ("approved", BY_RULE, "rejected"):
            by = _rule(word(said, "rule")) if event == BY_RULE else word(said, "by")
            self.cells.update({"outcome": event, "decided by": by, "decided at": line.at})
        if event in ENDS:
            outcome = "void" if event == "voided" else event
            self.cells.update({"outcome": outcome, "ended by": ENDS[event] or word(said, "by"), "ended at": line.at})
            self.cells["because"] = word(said, "because") or word(said, "why")
        if event == "rejected":
            self.cells["because"] = word(said, "note")
        roles = Counter(filter(None, self.cells["roles required"].split(", ")))
        people = {yes[0].casefold(): yes[1] for yes in self.approved}
        if event == "approved" and roles - Counter(people.values()):
            self.found.add(TOO_FEW)

    def _acts(self, line: Line, said: Body) -> None:
        if line.event != "permit begun":
            self.cells.update({"acted": line.event.removeprefix("permit "), "act ended at": line.at})
            return
        self.cells.update({"acted": "begun", "acted at": line.at, "act ended at": ""})
        if self.cells["outcome"] not in ("approved", BY_RULE):
            self.found.add(WITHOUT)
        if line.at < self.cells["decided at"]:
            self.found.add(BEFORE)
        if isinstance(self.fields, dict) and word(said, "digest") != self._bound():
            self.found.add(OTHER)

    def _bound(self) -> str:
        """The digest that an approval binds: subject, filled fields and revision."""
        named = {"subject": self.cells["subject SHA-256"], "revision": int(self.cells["revision"])}
        whole = json.dumps({**named, "fields": self.fields}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(whole.encode()).hexdigest()

    def row(self, requester: str, subject: str) -> list[str]:
        """Its cells, in the table's order."""
        cells, asked_by = self.cells, requester.casefold()
        found = {
            OWN: self.same_person or any(yes[0].casefold() == asked_by for yes in self.approved),
            EARLY: "" < cells["decided at"] < cells["asked at"],
            UNKNOWN: cells["acted"] == "unknown",
            EMERGENCY: cells["emergency"] == "yes",
            UNSEEN: not subject and cells["outcome"] != "refused by the desk",
        }
        self.found |= {words for words, so in found.items() if so}
        cells.update({"requested for": requester, "subject": subject, "approvals": str(len(self.approved))})
        cells["fields"] = json.dumps(self.fields, ensure_ascii=False, sort_keys=True) if self.fields else ""
        cells["same person"] = "yes" if self.same_person else "no"
        cells["to look at"] = "; ".join(words for words in TO_LOOK_AT if words in self.found)
        for number, yes in enumerate(self.approved[:APPROVERS], 1):
            for part, text in zip(("", " as", " way", " at"), yes, strict=True):
                cells[f"approver {number}{part}"] = text
        return [shown(cells[name]) for name in COLUMNS]


def _rule(version: str) -> str:
    """The matrix of this version, or one use of a pre-approval."""
    return version if version.startswith("pre-approval ") else f"the rule, version {version}"


def shown(text: str) -> str:
    """As a cell shows it: one line, what can't be seen as a mark, an apostrophe before what could be computed."""
    text = " ".join("".join(map(_mark, text.replace("\r\n", "\n"))).split())
    text = re.sub(r"""(^|[,;|"])(\s*)([=+\-@＝＋－＠])""", r"\1\2'\3", text)
    return text if len(text) <= LONGEST else text[: LONGEST - len(CUT)] + CUT


def same(one: str, other: str) -> bool:
    """True for two cells of one text: a letter that a younger Python knows, an older one shows as a mark."""
    return one == other or _known(one) == _known(other)


def _mark(letter: str) -> str:
    blank = letter in "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" or 0xE0100 <= ord(letter) <= 0xE01EF
    if letter in "\n\t" or (letter.isprintable() and not blank):
        return letter
    return " " if not blank and unicodedata.category(letter) == "Zs" else f"⟦U+{ord(letter):04X}⟧"


def _known(text: str) -> str:
    return re.sub(r"⟦U\+([0-9A-F]{4,5}|10[0-9A-F]{4})⟧", _letter, text)


def _letter(mark: re.Match[str]) -> str:
    """The letter that a mark stands for, unless it steers or can't be seen for every Python."""
    letter = chr(int(mark[1], 16))
    return mark[0] if unicodedata.category(letter) != "Cn" and _mark(letter) != letter else letter
