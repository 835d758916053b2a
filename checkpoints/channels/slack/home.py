"""A person's inbox as the Home of the app: what waits for them, what waits together, and the way to each.

Rule: it shows and opens, nothing on it decides; what is on it is of this moment, the page is always of now.
"""

from collections.abc import Sequence

from checkpoints.channels.slack.text import (
    LONGEST_FIELD,
    Block,
    at,
    buttons,
    escaped,
    header,
    link,
    paragraph,
    plain,
    short,
)
from checkpoints.core.model import Json
from checkpoints.core.shown.bundle import Bundle, at_risk
from checkpoints.core.shown.card import cost_line
from checkpoints.core.view import Checkpoint

MOST_POINTS, MOST_BUNDLES = 20, 10
"""What a person reads at once; Slack would take a hundred blocks."""
LONGEST_LINE = 200


def inbox(name: str, points: Sequence[Checkpoint], bundles: Sequence[Bundle], page_url: str) -> dict[str, Json]:
    """For `views.publish`. `name` is the person's; `points` wait for them, the most urgent first."""
    waits = f"{len(points)} wait{'s' if len(points) == 1 else ''} for you" if points else "Nothing waits for you"
    blocks: list[Block] = [header(f"{waits}, {short(name, 60)}")]
    for number, found in enumerate(bundles[:MOST_BUNDLES]):
        blocks.append(_together(number, found, page_url))
    for number, point in enumerate(points[:MOST_POINTS]):
        blocks += _one(number, point, page_url)
    more = max(0, len(points) - MOST_POINTS) + max(0, len(bundles) - MOST_BUNDLES)
    if more:
        blocks.append(paragraph("card.more", f"[cut: {more:,} more, on the page]"))
    blocks.append(buttons([link("open", "Open the inbox on the page", f"{page_url}/")]))
    return {"type": "home", "blocks": list(blocks)}


def _together(number: int, found: Bundle, page_url: str) -> Block:
    count = f"{len(found.lines) + found.more} wait together"
    risky = sum(bool(at_risk(point)) for point in found.lines)
    said = f"{count}: {short(found.title, LONGEST_LINE)}{f', {risky} of them at high risk' if risky else ''}"
    opened = link("open", "Open them", f"{page_url}/bundles/{found.name}")
    return {**paragraph(f"card.together.{number}", said), "accessory": opened}


def _one(number: int, point: Checkpoint, page_url: str) -> list[Block]:
    """What it is and the way to it; then how urgent, in our words, with what it costs and what is dangerous in it."""
    opened = link("open", "Open", f"{page_url}/checkpoints/{point.label}")
    says = paragraph(f"card.asks.{number}", short(f"{point.label}: {point.request.action}", LONGEST_LINE))
    by = f"by {at(point.deadline_at)}" if point.deadline_at else "no deadline"
    urgent: Block = {"type": "mrkdwn", "text": f"*{escaped(point.request.priority)}* · {by}"}
    besides = [cost_line(point.request.cost)] if point.request.cost else []
    besides += [f"HIGH RISK: {risk}"] if (risk := at_risk(point)) else []
    about = [plain(" · ".join(besides), LONGEST_FIELD)] if besides else []
    when: Block = {"type": "context", "block_id": f"card.when.{number}", "elements": [urgent, *about]}
    return [{**says, "accessory": opened}, when]
