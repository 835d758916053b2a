"""Makes links of the addresses under which a case's own releases are served, wherever a line of ours names one.

Rule: only what the desk computes from its settings, to the letter; whatever else looks like an address stays text.
"""

import re
from collections.abc import Collection

from markupsafe import Markup

from checkpoints.core.shown.showing import visible
from checkpoints.core.work.release import Environment
from checkpoints.store.desk import Desk

LINK = Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>')
BEFORE, AFTER = r"(?<![^\s(])", r"(?![^\s,;:)])"
"""It stands by itself: never the first part of a longer address, which may lead elsewhere."""


def served_at(desk: Desk, case: str) -> tuple[str, ...]:
    """Where this case is served, if it is."""
    if not desk.sandbox_url.startswith(("http://", "https://")):
        return ()
    return tuple(f"{desk.sandbox_url}/{case}/{environment}/" for environment in Environment)


def linked(text: str, served: Collection[str]) -> Markup:
    """The text, safe to show, with those addresses as links."""
    shown = visible(text)
    if not served:
        return Markup.escape(shown)
    found = re.split(f"{BEFORE}({'|'.join(map(re.escape, served))}){AFTER}", shown)
    return Markup("").join(LINK.format(part) if part in served else part for part in found)
