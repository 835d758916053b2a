"""A card as a letter, and the short one that follows when nothing is left to do: subject, plain text, simple HTML.

Rule: ours and the agent's words are kept apart as on the card; nothing in a letter decides, its link only shows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from checkpoints.core.clock.ladder import OPEN, Rung
from checkpoints.core.lifecycle import State
from checkpoints.core.shown.bundle import at_risk
from checkpoints.core.shown.card import Card, cost_line
from checkpoints.core.shown.message import Letter
from checkpoints.core.shown.showing import one_line, visible
from checkpoints.core.shown.story import when
from checkpoints.core.view import Checkpoint

LONGEST_SUBJECT = 120
LONGEST_LINE = 300
LONGEST_DETAILS = 2_000
MOST_LINES = 40
"""Of an agent's details, of the facts, of what changed. What is dangerous is never cut."""

SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}):(?=//)|\b(mailto|tel):")
HOST = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)+")
"""What a reader may take for a host and make a link of. Read once, however long."""
WWW = re.compile(r"(?i)\b(www)\.")
LEADS = {
    OPEN: ("", "{label} waits for your answer by {by}."),
    Rung.REMINDER: ("Reminder: ", "{label} still waits for your answer, by {by}. You are reminded once."),
    Rung.BACKUP: (
        "Overdue: ",
        "{label} was to be decided by {by} and was not. You are the backup: it waits for your answer too now.",
    ),
    Rung.MANAGER: (
        "Overdue: ",
        "{label} was to be decided by {by} and was not. You are told as a manager, or in place of one: see to it that "
        "somebody answers.",
    ),
}
"""How the subject begins, and what the first lines say, by what is said."""
OWN_LEADS = {
    OPEN: ("", "{project} needs your answer by {by}."),
    Rung.REMINDER: ("Reminder: ", "{project} still needs your answer, by {by}. You are reminded once."),
    Rung.BACKUP: ("Overdue: ", "{project} needed an answer by {by}. It would still help."),
}
"""The same to whoever answers by a link of their own."""
FOOT = "This mail can't be answered, and no link in it decides: the page asks who you are."
OWN_FOOT = (
    "The link is yours alone: whoever has it can answer in your name, so please don't forward this mail. Opening it "
    "changes nothing; only a button that you press on its page does. This mail itself can't be answered."
)
TOGETHER = {
    OPEN: "They wait for your answer",
    Rung.REMINDER: "They still wait for your answer; you are reminded once",
    Rung.BACKUP: "Overdue: you are the backup, they wait for your answer too now",
    Rung.MANAGER: "Overdue: you are told as a manager, or in place of one; see to it that somebody answers",
}
"""What a digest says above those of which it says the same."""
REASONED = frozenset({State.WITHDRAWN, State.VOID})
UNSEEN = "It is shown whole on the page."


@dataclass(frozen=True)
class Block:
    """A heading with its lines. `quoted`: the agent's; `alarming`: what is dangerous."""

    heading: str
    lines: tuple[str, ...]
    quoted: bool = False
    alarming: bool = False


def asking(card: Card, link: str, says: str = OPEN, own: bool = False) -> Letter:
    """That it waits for the reader, or that nobody answered: what the card says, the dangerous first.

    `own`: the link is the reader's own, and the card is in a client's terms.
    """
    head = _own_head(card) if own else _head(card)
    blocks = [*_dangers(card), *head, *_facts(card), *_details(card), *_changed(card)]
    begins, words = (OWN_LEADS if own else LEADS)[says]
    about = words.format(label=card.label, project=_short(card.project), by=when(card.deadline))
    lead = f"{_short(card.heading)}\n{about}"
    subject = _subject(f"{begins}{card.heading}", card)
    if says == Rung.MANAGER:
        return _letter(subject, lead, blocks, link, "See it on the page")
    leads = "Look at it and answer" if own else "Look at it and answer on the page"
    return _letter(subject, lead, [*blocks, *_before(card)], link, leads, own)


def following(card: Card, link: str, begins: str = "Re: ", own: bool = False) -> Letter:
    """What became of it, and that there is nothing to do any more. `begins`: how its subject does. `own`: see above."""
    stands, blocks = card.stands, []
    if card.state in REASONED and not own:
        said, _, reason = stands.partition(": ")
        stands = f"{said}."
        blocks = [Block("The reason, as it was given", (_short(reason),), quoted=True)]
    to_do = "Nothing is left for you to do."
    if card.state is State.CHANGING:
        to_do = "A new mail comes then." if own else "It comes back as the next revision."
    if card.next:
        blocks.append(Block("What comes next", (_short(card.next),)))
    lead, subject = f"{_short(stands)} {to_do}", _subject(f"{begins}{card.heading}", card)
    return _letter(subject, lead, blocks, link, "See it on the page", own)


def with_code(code: str, project: str, person: str, lasts: str) -> Letter:
    """A code for the page of a link, to its person's second address. It has no link: the page is open already."""
    lead = f"Your code: {code[:3]} {code[3:]}\nFor your answer to {_short(project)}. It counts once, for {lasts}."
    careful = (
        f"It is for {_short(person)} alone, to type into the page that another mail led to. Give it to nobody, also "
        "not to us. If you did not ask for it, somebody has that mail: tell whoever you work with here."
    )
    return Letter(
        f"Your code for {_cut(inert(one_line(project)), LONGEST_SUBJECT)}",
        f"{lead}\n\n{careful}\n",
        PAGE.format(body=f"<p><strong>{_broken(lead)}</strong></p>\n<p>{escape(careful)}</p>"),
    )


def together(said: Sequence[tuple[Checkpoint, str]], link: str) -> Letter:
    """Many questions of one case, and what is said of each, in one letter: those at high risk first, none cut away."""
    first = said[0][0]
    questions = f"{len(said)} questions wait together" if len(said) > 1 else "1 question more waits"
    risky = [f"{point.label}: {risk}" for point, _ in said if (risk := at_risk(point))]
    blocks = [Block("AT HIGH RISK, each on its own card", tuple(map(inert, risky)), alarming=True)] if risky else []
    for says, heading in TOGETHER.items():
        lines = [_line(point) for point, theirs in said if theirs == says]
        blocks += [Block(heading, _some(lines))] if lines else []
    subject = f"{_cut(inert(one_line(f'{questions}: {first.case_title}')), LONGEST_SUBJECT)} ({first.case})"
    lead = (
        f"{questions} in {_short(first.case_title)}. So many were asked at once that you are told of them in "
        "one mail, at most once an hour; what becomes of each is on the page."
    )
    return _letter(subject, lead, blocks, link, "Look at them and answer on the page")


def _line(point: Checkpoint) -> str:
    cost = f", {cost_line(point.request.cost)}" if point.request.cost else ""
    return f"{point.label}: {point.request.action}{cost}, by {when(point.deadline_at)}"


def inert(text: str) -> str:
    """Foreign text that no reader makes a link of: `https[:]//evil[.]example`; what can't be seen becomes a mark."""
    parted = SCHEME.sub(lambda found: f"{found[0][:-1]}[:]", visible(text))
    return HOST.sub(_no_host, WWW.sub(r"\1[.]", parted))


def _no_host(found: re.Match[str]) -> str:
    """Version numbers and Terraform's `aws_db_instance.main` are no hosts: those stay readable."""
    parts = found[0].split(".")
    is_host = any("_" not in name + end and len(end) > 1 and end[0].isalpha() for name, end in pairwise(parts))
    return "[.]".join(parts) if is_host else found[0]


def _subject(heading: str, card: Card) -> str:
    return f"{_cut(inert(one_line(heading)), LONGEST_SUBJECT)} ({card.label})"


def _head(card: Card) -> Iterator[Block]:
    again = f", reopens {card.reopens}" if card.reopens else ""
    lines = [
        f"Project: {_short(card.project)}",
        f"Revision: {card.revision}{again}",
        f"Asked by: {_short(card.agent)} (an agent)",
        f"Kind: {_short(card.kind)}",
        f"Priority: {_short(card.priority)}",
        f"Cost: {_short(card.cost)}",
        f"Who decides: {_short(card.who)}",
        f"What exactly runs (SHA-256): {card.digest_short}",
    ]
    yield Block("What is asked", tuple(lines))


def _own_head(card: Card) -> Iterator[Block]:
    lines = [
        f"Project: {_short(card.project)}",
        f"Cost: {_short(card.cost)}",
        f"Asked by: {_short(card.agent)} (a program that works on your project)",
        f"Who decides: {_short(card.who)}",
        f"What exactly you would say yes to (SHA-256): {card.digest_short}",
    ]
    yield Block("What is asked", tuple(lines))


def _dangers(card: Card) -> Iterator[Block]:
    if card.dangers:
        yield Block("DANGEROUS", tuple(inert(f"{f.label}: {f.value}") for f in card.dangers), alarming=True)


def _facts(card: Card) -> Iterator[Block]:
    if card.facts:
        yield Block("Facts, computed by the desk", _some([f"{fact.label}: {fact.value}" for fact in card.facts]))


def _details(card: Card) -> Iterator[Block]:
    words = card.details.strip()
    if not words:
        return
    shown = _cut(words, LONGEST_DETAILS).splitlines()
    lines = [inert(line) for line in shown[:MOST_LINES]]
    if len(shown) > MOST_LINES or len(words) > LONGEST_DETAILS:
        lines.append(f"[cut: {len(words):,} characters in all. {UNSEEN}]")
    heading = f"In the words of {_short(card.agent)}, an agent; not checked, links taken apart"
    yield Block(heading, tuple(lines), quoted=True)


def _changed(card: Card) -> Iterator[Block]:
    if card.changed:
        yield Block("Changed since the revision before, as the agent says", _some(card.changed), quoted=True)


def _before(card: Card) -> Iterator[Block]:
    fills = [f"To fill in with a yes: {field.label}" for field in card.fields]
    if lines := (*(_short(check) for check in card.checks), *_some(fills)):
        yield Block("Before a yes, check", lines)
    yield Block("What comes next", (_short(card.next),))


def _some(lines: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """The first of them, each on one line, and how many more there are."""
    shown = tuple(_short(line) for line in lines[:MOST_LINES])
    more = len(lines) - MOST_LINES
    return (*shown, f"[cut: {more:,} more. {UNSEEN}]") if more > 0 else shown


def _short(text: str) -> str:
    return inert(_cut(one_line(text), LONGEST_LINE))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()} [cut]"


def _letter(subject: str, lead: str, blocks: list[Block], link: str, says: str, own: bool = False) -> Letter:
    foot = OWN_FOOT if own else FOOT
    plain = [lead, f"{says}:\n{link}", *(_plain(block) for block in blocks), f"-- \n{foot}"]
    html = [f"<p><strong>{_broken(lead)}</strong></p>", f'<p><a href="{escape(link)}">{escape(says)}</a></p>']
    html += [*(_html(block) for block in blocks), f'<p style="color:#555">{escape(foot)}</p>']
    return Letter(subject, "\n\n".join(plain) + "\n", PAGE.format(body="\n".join(html)))


def _plain(block: Block) -> str:
    begin = "> " if block.quoted else "! " if block.alarming else "- "
    lines = [f"{begin}{part}" for line in block.lines for part in line.split("\n")]
    return "\n".join([f"{block.heading}:", *lines])


def _html(block: Block) -> str:
    lines = "<br>\n".join(_broken(line) for line in block.lines)
    style = "border-left:3px solid #999;padding-left:10px;color:#444" if block.quoted else ""
    style = "border:2px solid #b00020;padding:8px;color:#b00020" if block.alarming else style
    tag = "blockquote" if block.quoted else "div"
    return f'<h3>{escape(block.heading)}</h3>\n<{tag} style="margin:0;{style}">{lines}</{tag}>'


def _broken(text: str) -> str:
    """Escaped, its lines kept."""
    return escape(text).replace("\n", "<br>\n")


PAGE = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:12px;max-width:40em;font:16px/1.45 sans-serif;overflow-wrap:anywhere">
{body}
</body>
</html>
"""
