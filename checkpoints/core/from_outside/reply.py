"""What a person writes in a chat, read as an answer by a grammar: what isn't unmistakable is asked back, never guessed.

Rule: no approval but by its own word, alone; and what looks like a secret is nothing else.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from checkpoints.core.fields import LONGEST_NOTE
from checkpoints.core.from_outside.mrkdwn import undone
from checkpoints.core.from_outside.secret_shapes import looks_secret
from checkpoints.core.model import Field, FieldSort, Verdict


@dataclass(frozen=True)
class Reply:
    """An answer: the fields it fills, by their names; its reason or note; what it says is to be done next."""

    verdict: Verdict
    fields: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    next_steps: str = ""


@dataclass(frozen=True)
class Unclear:
    """No answer. `question` says why, and what would be one; it repeats nothing of what was written."""

    question: str


@dataclass(frozen=True)
class LooksSecret:
    """It holds what looks like a secret, whatever else it says: it is to be kept nowhere."""


@dataclass(frozen=True)
class _Parts:
    """A reply by its keys: what stands before the first of them is `lead`."""

    lead: str
    named: Mapping[str, str]

    def of(self, key: str) -> str:
        return self.named.get(key, "")


Read: TypeAlias = Reply | Unclear | LooksSecret
KEYS = ("decision", "details", "credentials", "next steps")
HEADING = re.compile(r"\[checkpoint ([0-9]{1,9})\] response:?", re.IGNORECASE)
APPROVES = frozenset({"approve", "approved", "i approve", "yes", "yes, approve", "yes approve"})
SAYS_NO = re.compile(r"(?i)(?:rejected|reject|no)(?:(?::| because(?![\w'’-]):?)\s*(?P<why>.*))?", re.DOTALL)
SAYS_CHANGES = re.compile(
    r"(?i)(?:changes(?: requested| asked for)?|(?:i |please )?(?:ask for|request) changes(?P<open> (?=\S))?)"
    r"(?::\s*(?P<why>.*)|(?(open)(?P<plain>.*)|))",
    re.DOTALL,
)
CONDITION = re.compile(r"(?i)(?:if|unless|only|when|until|once)(?![\w'’-])")
"""At a reason's beginning, what makes it none."""
NAMES, LONGEST_NAME = re.compile(r"[:=]"), 200
CHOICE = re.compile(r"([1-9][0-9]{0,2})\.?")
BOTH = re.compile(r"(?i)(?<![\w'’-])(?:approved?|yes)(?![\w'’-])")
HEDGES = re.compile(
    r"(?i)(?<![\w-])(?:if|unless|but|only|except|provided|providing|assuming|once|until|till|when|after|before|"
    r"as long as|not|never|no|cannot|wait|hold|later|maybe|perhaps|probably|guess|think|hope|reject(?:ed)?|changes?|"
    r"instead|however|though|although|should|pending|subject to|conditional(?:ly)?|on condition)(?![\w-])"
    r"|n['’]t(?!\w)|\?"
)
"""In what stands with an approval: a condition, a doubt or a no, which nobody but a person can weigh."""
NO_CREDENTIAL = frozenset({"", "-", "–", "—", "none", "n/a", "no", "in the vault", "in vault", "vault"})
QUOTES = re.compile(r"(?m)^\s*>|```")
KEPT = "Nothing was recorded."
WOULD_BE = (
    f"I can't take that as an answer. {KEPT} I understand, alone or in a line “Decision: …”: “approve”, "
    "“reject because …” with your reason, “changes: …” with what should change"
)
# None of these can be answered by a yes: it would be taken for one to the checkpoint.
QUESTIONS = {
    "long": f"That is too long for an answer. {KEPT} Say it in under {LONGEST_NOTE:,} characters.",
    "quoted": f"There is a quotation in it, and I can't tell whose words count. {KEPT} Write your answer without it.",
    "twice": f"One thing is said twice in it. {KEPT} Write your answer with each line once.",
    "elsewhere": f"It is headed with the number of another checkpoint. {KEPT} Answer in that one's thread.",
    "undecided": f"It doesn't say what you decide. {KEPT} Add a line “Decision: approve”, or reject, or changes.",
    "behind": (
        f"It says approve, and more that I can't weigh: a condition, a doubt, a question. {KEPT} To approve exactly "
        "what is asked, write “approve” alone. For anything else: “changes: …”, or “reject because …”."
    ),
    "both": (
        f"It says yes and no. {KEPT} Write only one: “approve”, or “reject because …”, or “changes: …”. A reason that "
        "speaks of a yes goes into a line “Details: …” below “Decision: reject”."
    ),
    "why": f"A no needs its reason, so that whoever asked can do better. {KEPT} Why? Write “reject because …”.",
    "what": f"What should change? {KEPT} Write “changes: …” with what you want instead.",
    "named": f"It speaks of a choice in passing. {KEPT} Give it in a line of its own, below “approve”: “name = value”.",
    "number": f"That number is no choice here, or could mean two. {KEPT} Write “approve”, and below it “name = value”.",
}


def read(text: str, fields: tuple[Field, ...], number: int | None = None, page_url: str = "") -> Read:
    """What `text` says to a question with these fields. Never raises, in time that is linear in its length.

    `number`: of the checkpoint in whose thread it stands, if any. `page_url`: the desk's own page, the only place that
    a line with credentials may point to.
    """
    said = undone(text)
    parts = _parts(said)
    if parts is None:
        return LooksSecret() if looks_secret(said) or looks_secret(text) else Unclear(QUESTIONS["twice"])
    if _hands_over(parts, text, said, fields, page_url):
        return LooksSecret()
    if len(said) > LONGEST_NOTE:
        return Unclear(QUESTIONS["long"])
    if QUOTES.search(said):
        return Unclear(QUESTIONS["quoted"])
    heading, lead = _headed(parts.lead)
    if heading is not None and number is not None and heading != number:
        return Unclear(QUESTIONS["elsewhere"])
    if bool(lead) == bool(parts.of("decision")):
        return Unclear(QUESTIONS["undecided"] if not lead else _would_be(fields))
    return _answer(lead or parts.of("decision"), parts, fields, plainly=not lead)


def _answer(decision: str, parts: _Parts, fields: tuple[Field, ...], plainly: bool) -> Read:
    """`plainly`: in a line of its own, so that what its reason says is no second verdict."""
    first, _, more = decision.partition("\n")
    if _word(first) in APPROVES:
        return _approval({}, more, parts, fields)
    if found := CHOICE.fullmatch(first.strip()):
        chosen = _chosen(found[1], fields)
        return _approval(chosen, more, parts, fields) if chosen else Unclear(QUESTIONS["number"])
    if found := SAYS_NO.fullmatch(decision.rstrip(" .!")):
        return _no(Verdict.REJECT, found["why"] or "", parts, plainly)
    if found := SAYS_CHANGES.fullmatch(decision.rstrip(" .!")):
        if found["plain"] and HEDGES.search(found["plain"]):
            return Unclear(_would_be(fields))
        return _no(Verdict.CHANGES, found["why"] or found["plain"] or "", parts, plainly)
    return Unclear(QUESTIONS["behind"] if BOTH.search(decision) else _would_be(fields))


def _approval(chosen: dict[str, str], more: str, parts: _Parts, fields: tuple[Field, ...]) -> Reply | Unclear:
    """With what it fills in; beside the details, nothing may stand there that isn't understood."""
    filled, note = dict(chosen), []
    below, details = more.splitlines(), parts.of("details").splitlines()
    for number, line in enumerate([*below, *(part for whole in details for part in _by_its_end(whole, fields))]):
        found = _filled(line, fields)
        if not found and line.strip():
            if number < len(below):
                return Unclear(QUESTIONS["behind"])
            note.append(line.strip())
        for name, value in found:
            if name in filled:
                return Unclear(QUESTIONS["twice"])
            filled[name] = value
    said, next_steps = "\n".join(note), parts.of("next steps")
    if HEDGES.search(said) or HEDGES.search(next_steps):
        return Unclear(QUESTIONS["behind"])
    if _mentions(f"{said} {next_steps}", fields):
        return Unclear(QUESTIONS["named"])
    return Reply(Verdict.APPROVE, filled, said, next_steps)


def _no(verdict: Verdict, why: str, parts: _Parts, plainly: bool) -> Reply | Unclear:
    if not plainly and BOTH.search(why):
        return Unclear(QUESTIONS["both"])
    reason = "\n".join(filter(None, (why.strip(), parts.of("details"))))
    if CONDITION.match(reason):
        return Unclear(_would_be(()))
    if not any(character.isalnum() for character in reason):
        return Unclear(QUESTIONS["why" if verdict is Verdict.REJECT else "what"])
    return Reply(verdict, {}, reason, parts.of("next steps"))


def _parts(said: str) -> _Parts | None:
    """None where a key stands there twice."""
    lead: list[str] = []
    named: dict[str, list[str]] = {}
    into = lead
    for line in said.splitlines():
        before, colon, after = line.partition(":")
        key = " ".join(before.split()).casefold() if len(before) < 40 else ""
        if colon and key in KEYS:
            if key in named:
                return None
            into = named[key] = [after]
        else:
            into.append(line)
    return _Parts("\n".join(lead).strip(), {key: "\n".join(lines).strip() for key, lines in named.items()})


def _headed(lead: str) -> tuple[int | None, str]:
    """The number in the heading, and what is left without it."""
    first, _, rest = lead.partition("\n")
    found = HEADING.fullmatch(first.strip())
    return (int(found[1]), rest.strip()) if found else (None, lead)


def _hands_over(parts: _Parts, text: str, said: str, fields: tuple[Field, ...], page_url: str) -> bool:
    """Whether a secret is in it: by its shape, under a field for one, or where only the way to one may stand."""
    credentials, home = parts.of("credentials"), page_url.rstrip("/")
    ours = bool(home) and f"{credentials}/".startswith(f"{home}/") and len(credentials.split()) == 1
    if not ours and credentials.rstrip(".").casefold() not in NO_CREDENTIAL:
        return True
    # A line that was judged just now would else be taken for a name with its secret.
    written = [line for line in text.splitlines() if _key(line).strip("*_ ") != "credentials"]
    meant = [parts.lead, *(words for key, words in parts.named.items() if key != "credentials")]
    secret = {name for one in fields if one.sort is FieldSort.SECRET for name in _names(one)}
    return any(map(looks_secret, ("\n".join(written), "\n".join(meant), credentials))) or any(
        _key(line) in secret for line in said.splitlines()
    )


def _filled(line: str, fields: tuple[Field, ...]) -> list[tuple[str, str]]:
    """What one line fills in: `name: value`, `name = value`, or several of the second with a comma between."""
    known = {name: one.name for one in reversed(fields) for name in _names(one)}
    several = re.split(r"[,;]", line) if "=" in line else []
    if len(several) > 1 and all("=" in part and _key(part) in known for part in several):
        return [(known[_key(part)], _value(part)) for part in several]
    return [(known[_key(line)], _value(line))] if _key(line) in known else []


def _by_its_end(line: str, fields: tuple[Field, ...]) -> list[str]:
    """A line of details as we write them ourselves: "region = eu-west-1; it is nearer". In a text it is a sign."""
    parts = line.split(";")
    text = {name for one in fields if one.sort is FieldSort.TEXT for name in _names(one)}
    return [line] if any(_key(part) in text for part in parts) else parts


def _names(one: Field) -> Iterable[str]:
    """As it is called, and as it is shown."""
    return (" ".join(said.split()).casefold() for said in (one.label, one.name))


def _key(line: str) -> str:
    """What stands before the first sign that may end a name; empty where none does."""
    found = NAMES.search(line.strip()[:LONGEST_NAME])
    return " ".join(found.string[: found.start()].lstrip("-•* ").split()).casefold() if found else ""


def _value(line: str) -> str:
    return NAMES.split(line, maxsplit=1)[1].strip()


def _mentions(note: str, fields: tuple[Field, ...]) -> bool:
    """Whether it speaks of a choice without making it: the default would be taken in its place."""
    said = f" {' '.join(re.split(r'[^a-z0-9_-]+', note.casefold()))} "
    values = (value.casefold() for one in fields for value, _ in one.choices if one.sort is FieldSort.CHOICE)
    return any(f" {' '.join(re.split(r'[^a-z0-9_-]+', value))} " in said for value in values)


def _chosen(said: str, fields: tuple[Field, ...]) -> dict[str, str]:
    """By its number, where the question has one menu alone, and no choice in it is called by another's number."""
    menus = [one for one in fields if one.sort is FieldSort.CHOICE]
    if len(menus) != 1 or int(said) > len(menus[0].choices):
        return {}
    value = menus[0].choices[int(said) - 1][0]
    named = {choice.strip() for choice, _ in menus[0].choices}
    return {menus[0].name: value} if said not in named or said == value.strip() else {}


def _word(line: str) -> str:
    """A line as one word: one full stop or exclamation mark at its end is none."""
    plain = " ".join(line.split()).lower()
    return plain[:-1].rstrip() if plain.endswith((".", "!")) and not plain.endswith(("..", "!!", ".!", "!.")) else plain


def _would_be(fields: tuple[Field, ...]) -> str:
    menus = [one for one in fields if one.sort is FieldSort.CHOICE]
    number = f", or the number of your choice (1 to {len(menus[0].choices)})" if len(menus) == 1 else ""
    return f"{WOULD_BE}{number}."
