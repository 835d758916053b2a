"""A person's inbox as the Home of the app: what waits for them, what waits together, and a link for each."""

from collections.abc import Sequence

from checkpoints.channels.slack.text import bullets, header, rich, short
from checkpoints.core.model import Json
from checkpoints.core.shown.bundle import Bundle
from checkpoints.core.view import Checkpoint


def inbox(name: str, points: Sequence[Checkpoint], bundles: Sequence[Bundle], page_url: str) -> dict[str, Json]:
    """For `views.publish`. `points` are open, the most urgent first."""
    blocks = [header(f"{len(points)} wait for you, {name}")]
    lines = [short(f"{point.label}: {point.request.action}", 150) for point in points[:50]]
    lines += [short(f"{found.title}: {len(found.lines)} together", 150) for found in bundles[:20]]
    return {"type": "home", "blocks": [*blocks, *([rich("card.lines", bullets(lines))] if lines else [])]}
