"""A card in Slack, from the one rendering of a request: what is asked, what became of it, what is said besides.

Rule: a button carries the card's id alone; where not all that is dangerous can be shown, there is no Approve.
"""

from collections.abc import Sequence
from uuid import UUID

from checkpoints.channels.slack.text import (
    Block,
    at,
    bullets,
    button,
    buttons,
    header,
    line,
    notice,
    ours,
    quote,
    rich,
    short,
    word,
)
from checkpoints.channels.slack.text import (
    link as opens,
)
from checkpoints.core.clock.ladder import OPEN
from checkpoints.core.model import Verdict
from checkpoints.core.shown.card import Card, Response
from checkpoints.core.shown.message import Face
from checkpoints.core.view import Checkpoint


def asked(card: Card, id: UUID, link: str, says: str = OPEN) -> Face:
    """The request, with the buttons of who may answer it. `id`: of the card's own row."""
    blocks: list[Block] = [
        header(card.heading),
        ours("card.when", f"*{card.priority}* · answer by {at(card.deadline)}"),
    ]
    if card.dangers:
        facts = [short(f"{fact.label}: {fact.value}", 500) for fact in card.dangers]
        blocks.append(rich("card.dangers", line(word("DANGEROUS", bold=True)), bullets(facts)))
    lines = [f"Project: {card.project}", f"Agent: {card.agent}", f"Cost: {card.cost}", f"Who decides: {card.who}"]
    blocks.append(rich("card.lines", bullets(short(one, 200) for one in lines)))
    if card.details.strip():
        says_agent = line(word(short(f"In the words of {card.agent}, an agent; not checked", 150)))
        blocks.append(rich("card.details", says_agent, quote(short(card.details, 500))))
    made = [opens("open", "Open on the page", link)]
    if card.gives:
        made.insert(0, opens("give", f"Give the {card.gives}", link))
    if card.factor:
        made[0] = opens("open", "Approve on the page", link)
    if Verdict.APPROVE in card.verdicts and not card.factor:
        made.append(button("approve", "Approve", str(id), "primary"))
    if Verdict.CHANGES in card.verdicts:
        made.append(button("changes", "Ask for changes", str(id)))
    if Verdict.REJECT in card.verdicts:
        made.append(button("reject", "Reject", str(id), "danger"))
    return Face(notice(f"{card.heading} ({card.label})"), (*blocks, buttons(made)))


def ended(card: Card, link: str, by: str = "") -> Face:
    """What became of it: no button that decides. `by`: what takes its place, "revision 2" or "sample/7"."""
    stands = f"Replaced by {by}." if by else card.stands
    blocks = [
        header(card.title),
        rich("card.stands", line(word(short(stands, 500), bold=True)), line(word(short(card.next, 300)))),
        buttons([opens("open", "Open on the page", link)]),
    ]
    return Face(notice(f"{card.label}: {stands}"), tuple(blocks))


def told_asker(card: Card, response: Response) -> Face:
    """The response in the Technical Operator flow's fields, for the thread."""
    named = (
        ("Decision", response.decision),
        ("Details", response.details),
        ("Credentials", response.credentials),
        ("Next steps", response.next_steps),
    )
    lines = [line(word(f"{name}: ", bold=True), word(short(said, 500) + "\n")) for name, said in named]
    blocks = rich("card.response", line(word(f"{response.heading}\n", bold=True)), *lines)
    return Face(notice(f"{response.heading} ({card.label}): {response.decision}"), (blocks,))


def rung(card: Card, link: str, says: str) -> Face:
    """What is said while nobody answers, or in an emergency."""
    blocks = [ours("card.rung", f"*{says.capitalize()}:* {card.label}, by {at(card.deadline)}"),
              buttons([opens("open", "Open on the page", link)])]  # fmt: skip
    return Face(notice(f"{says.capitalize()}: {card.heading} ({card.label})"), tuple(blocks))


def together(said: Sequence[tuple[Checkpoint, str]], link: str) -> Face:
    """Many questions of one case in one message."""
    title = f"{len(said)} questions wait together: {said[0][0].case_title}"
    lines = [short(f"{point.label}: {point.request.action}", 150) for point, _ in said[:20]]
    return Face(
        notice(title),
        (header(title), rich("card.lines", bullets(lines)), buttons([opens("open", "Open on the page", link)])),
    )
