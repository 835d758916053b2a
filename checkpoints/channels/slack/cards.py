"""A request as a card in Slack, what became of it, and what its thread says.

Rule: a button carries the card's id alone; where not all that is dangerous can be shown, none approves.
"""

from collections.abc import Sequence
from uuid import UUID

from checkpoints.channels.slack import blanks, text
from checkpoints.channels.slack.text import (
    LONGEST_SECTION,
    LONGEST_TOGETHER,
    MOST_BLOCKS,
    Block,
    aside,
    at,
    bullets,
    button,
    buttons,
    cut,
    escaped,
    header,
    length,
    light,
    line,
    listed,
    named,
    notice,
    ours,
    quote,
    quoted,
    rich,
    short,
    weight,
    word,
)
from checkpoints.core.clock.ladder import OPEN, Rung
from checkpoints.core.lifecycle import Event, State
from checkpoints.core.model import FieldSort, Verdict
from checkpoints.core.shown.bundle import at_risk
from checkpoints.core.shown.card import Card, Response, cost_line
from checkpoints.core.shown.letter import LEADS, REASONED, inert
from checkpoints.core.shown.message import Face
from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when
from checkpoints.core.view import Checkpoint

FACTS, CHANGES, OPTIONS, CHECKS, QUESTIONS = 6, 5, 4, 3, 15
"""Lines of each: a card is read in ten seconds, the rest is on the page."""
LONGEST_LINE, LONGEST_DETAILS, LONGEST_SAID = 160, 400, 1_000
SPARE = 600
"""Kept for the words that say what isn't shown."""


def asked(card: Card, id: UUID, link: str, says: str = OPEN) -> Face:
    """The request, the dangerous first, with what to fill in and the buttons. `id`: of the card's own row.

    `says`: what the ladder does. To a manager, who is only told, it has no button that decides.
    """
    answers = card.state is State.OPEN and says != Rung.MANAGER
    fills = blanks.inputs(card.fields) if answers and not card.gives and not card.factor else []
    last = [*(fills or []), *_buttons(card, id, link, approve=fills is not None), _exactly(card)]
    top = [header(card.heading), _when(card, says), _lines(card)]
    room = LONGEST_TOGETHER - SPARE - weight([*top, *last])
    dangers, left_out = _dangers(card, room)
    if not answers:
        last = [buttons([text.link("open", "Open on the page", link)]), _exactly(card)]
    elif left_out or fills is None:
        last = [*_buttons(card, id, link, approve=False), _exactly(card)]
    warned = [ours("card.cut", left_out)] if left_out else []
    top = [top[0], *warned, *dangers, *top[1:]]
    return _face(f"{_begins(says)}{card.heading} ({card.label})", [*top, *_rest(card, top + last, answers), *last])


def ended(card: Card, link: str, by: str = "") -> Face:
    """What became of it: who, when, what next, and nothing to press. `by`: what took its place, "revision 2"."""
    stands, rest = _stands(card)
    if by:
        stands, rest = f"{card.label}, as it was asked here, is replaced by {by}. Nobody answers this any more.", []
    next_ = [line(word(f"\n{_said(card.next, of=3)}"))] if card.next and not by else []
    told = rich("card.stands", line(word(_said(stands, of=3), bold=True)), *rest, *next_)
    blocks = [header(card.title), told, buttons([text.link("open", "Open on the page", link)]), _exactly(card)]
    return _face(f"{stands} {card.title}", blocks)


def told_asker(card: Card, response: Response) -> Face:
    """The response in the Technical Operator flow's fields, for the thread."""
    fields = (
        ("Decision", response.decision),
        ("Details", response.details),
        ("Credentials", response.credentials),
        ("Next steps", response.next_steps),
    )
    said = [part for name, value in fields for part in (word(f"\n{name}: ", bold=True), word(_said(value, of=5)))]
    told = rich("card.response", line(word(_said(response.heading, of=5), bold=True), *said))
    return _face(f"{response.heading}: {response.decision} ({card.label})", [told])


def rung(card: Card, link: str, says: str) -> Face:
    """What is said in the thread of a card that somebody has: it still waits, is overdue, or was passed alone."""
    open_ = buttons([text.link("open", "Open on the page", link)])
    if says == Event.GLASS_BROKEN:
        stands = line(word("EMERGENCY: ", bold=True), word(short(card.stands, LONGEST_SAID)))
        return _face(f"EMERGENCY: {card.stands}", [rich("card.rung", stands), open_])
    begins, words = LEADS[says]
    told = words.format(label=escaped(card.label), by=at(card.deadline))
    plain = words.format(label=card.label, by=when(card.deadline))
    return _face(f"{begins}{plain}", [ours("card.rung", f"*{begins.strip()}* {told}" if begins else told), open_])


def together(said: Sequence[tuple[Checkpoint, str]], link: str) -> Face:
    """Many questions of one case in one message: those at high risk first, and how many there are."""
    points = [point for point, _ in said]
    waits = f"{len(points)} questions wait together" if len(points) > 1 else "1 question more waits"
    risky = [f"{point.label}: {risk}" for point in points if (risk := at_risk(point))]
    top = [header(f"{waits}: {points[0].case_title}")]
    last = [
        aside("card.why", "So many were asked at once that you are told of them in one message, at most once an hour."),
        buttons([text.link("open", "Look at them and answer on the page", link, style="primary")]),
    ]
    room = LONGEST_TOGETHER - SPARE - weight([*top, *last])
    title = f"AT HIGH RISK, {len(risky)} of them, each on its own card"
    top += listed("card.dangers", title, risky, len(risky), LONGEST_LINE, room)
    lines = [f"{p.label}: {p.request.action}, {cost_line(p.request.cost)}, by {when(p.deadline_at)}" for p in points]
    room = LONGEST_TOGETHER - SPARE - weight([*top, *last])
    return _face(
        f"{waits}: {points[0].case_title} ({points[0].case})",
        [*top, *listed("card.lines", "They wait for an answer", lines, QUESTIONS, LONGEST_LINE, room), *last],
    )


def _when(card: Card, says: str) -> Block:
    """Our words alone: how urgent, until when, what it is called."""
    begins, words = LEADS.get(says, ("", ""))
    if begins:
        late = words.format(label=escaped(card.label), by=at(card.deadline))
        return ours("card.when", f"*{begins}{escaped(card.priority)}* · {late}")
    by = f"answer by {at(card.deadline)}" if card.deadline else "no deadline"
    return ours("card.when", f"*{escaped(card.priority)}* · {by} · `{escaped(card.label)}`")


def _begins(says: str) -> str:
    return LEADS.get(says, ("", ""))[0]


def _lines(card: Card) -> Block:
    again = f", reopens {card.reopens}" if card.reopens else ""
    parts = (
        named("Cost", card.cost, LONGEST_LINE),
        named("Who decides", card.who, LONGEST_LINE),
        named("Project", f"{card.project}{again}", 100),
        named("Agent", card.agent, 60),
    )
    return rich("card.lines", bullets(parts))


def _dangers(card: Card, room: int) -> tuple[list[Block], str]:
    """All that is dangerous; or as much as has room, and then what to say about the rest, in our words."""
    title = line(word("DANGEROUS: look at this first", bold=True))
    room -= weight(rich("card.dangers", title, bullets([])))
    shown: list[Block] = []
    for fact in card.dangers:
        if len(fact.label) + len(fact.value) > LONGEST_TOGETHER:
            break
        said = one_line(inert(f"{fact.label}: {fact.value}"))
        made = line(word(said))
        if length(said) > LONGEST_SECTION or weight(made) + 2 > room:
            break
        shown.append(made)
        room -= weight(made) + 2
    if len(shown) == len(card.dangers):
        return [rich("card.dangers", title, bullets(shown))] if shown else [], ""
    shown += _begun(card.dangers[len(shown)].label, card.dangers[len(shown)].value, room)
    words = (
        f"*Not all that is dangerous fits here: {len(card.dangers)} in all. Read it whole, and answer, on the page.*"
    )
    return [rich("card.dangers", title, bullets(shown))] if shown else [], words


def _begun(label: str, value: str, room: int) -> list[Block]:
    """The beginning of what doesn't fit."""
    said = short(f"{label}: {value}", max(60, min(LONGEST_SECTION, room // 12)))
    made = line(word(cut(said, LONGEST_SECTION, more=True)))
    return [made] if weight(made) + 2 <= room else []


def _rest(card: Card, others: list[Block], answers: bool) -> list[Block]:
    """What is good to know, as far as there is room: each part after the one before."""
    made: list[Block] = []

    def room(most: int) -> int:
        return min(most, LONGEST_TOGETHER - SPARE - weight([*others, *made]))

    facts = [f"{fact.label}: {fact.value}" for fact in card.facts]
    title = "Changed since the revision before, as the agent says"
    made += listed("card.changed", title, card.changed, CHANGES, LONGEST_LINE, room(2_500))
    made += listed("card.facts", "Facts, computed by the desk", facts, FACTS, LONGEST_LINE, room(3_500))
    if card.details.strip():
        title = f"In the words of {short(card.agent, 60)}, an agent; not checked"
        made += quoted("card.details", title, card.details, LONGEST_DETAILS, room(3_500))
    if answers and not _as_ever(card.options):
        made += listed("card.options", "Options, as the agent says", card.options, OPTIONS, LONGEST_LINE, room(2_000))
    if answers:
        made += listed("card.checks", "Before a yes, check", card.checks, CHECKS, LONGEST_LINE, room(2_000))
    return made


def _as_ever(options: tuple[str, ...]) -> bool:
    """Whether they say what the buttons say."""
    return options[-1:] == ("Reject, saying why",) and options[0].startswith(("Approve", "Give the "))


def _buttons(card: Card, id: UUID, link: str, approve: bool) -> list[Block]:
    """Those who decide in one row, and always the way to the page."""
    may_approve = Verdict.APPROVE in card.verdicts
    here = may_approve and approve and not card.factor
    made = [button("approve", "Approve", str(id), "primary")] if here else []
    if card.gives and card.verdicts:
        made = [text.link("give", f"Give the {card.gives}", link, "primary")]
    elif may_approve and not here:
        made = [text.link("open", "Approve on the page", link, style="primary")]
    if Verdict.CHANGES in card.verdicts:
        made.append(button("changes", "Ask for changes", str(id)))
    if Verdict.REJECT in card.verdicts:
        made.append(button("reject", "Reject", str(id), "danger"))
    page = text.link("open", "Open on the page", link)
    if may_approve and not here and not card.gives:
        return [buttons(made), buttons([page], "card.page"), *_hint(card, here)]
    return [buttons([*made, page]), *_hint(card, here)]


def _hint(card: Card, approves: bool) -> list[Block]:
    """The thread is a way as well; and why a yes isn't given here."""
    if not card.verdicts:
        return []
    words = [
        f"“{says}”" for verdict, says in SAYS.items() if verdict in card.verdicts and (approves or verdict != "approve")
    ]
    menu = [field for field in card.fields if field.sort is FieldSort.CHOICE]
    words += ["the number of a choice"] if approves and len(menu) == 1 else []
    return [aside("card.hint", f"{card.factor} Or answer in this thread: {', '.join(words)}.".strip())]


SAYS = {Verdict.APPROVE: "approve", Verdict.CHANGES: "changes: …", Verdict.REJECT: "reject because …"}
"""How each is said in the thread."""


def _said(words: str, of: int) -> str:
    """One of so many that share a message, each of which may be long and heavy."""
    return light(words, LONGEST_SAID, (LONGEST_TOGETHER - SPARE) // (of + 1))


def _exactly(card: Card) -> Block:
    return aside(
        "card.exactly", f"{card.kind} · revision {card.revision} · what exactly runs: SHA-256 {card.digest_short}…"
    )


def _stands(card: Card) -> tuple[str, list[Block]]:
    """How it ended; a reason that was given is quoted."""
    said, _, reason = card.stands.partition(": ")
    if card.state not in REASONED or not reason:
        return card.stands, []
    return f"{said}.", [quote(_said(f"The reason, as it was given: {reason}", of=3))]


def _face(plain: str, blocks: list[Block]) -> Face:
    assert len(blocks) <= MOST_BLOCKS
    return Face(notice(plain), tuple(blocks))
