"""Keeps in settings.toml what was chosen for a desk. Rule: a person's other lines and comments stay as they are."""

from __future__ import annotations

import json
import re

from checkpoints.settings import Settings

FIRST = "# Written by `countersign up`; yours to edit.\n"


def remember(settings: Settings, name: str, value: int | str | None) -> None:
    """One line: written, changed, or (None) taken out."""
    old = settings.file.read_text() if settings.file.exists() else FIRST
    # A number and a string of JSON are TOML's as well.
    said = json.dumps(value)
    kept = rf"(?m)^{name}\s*=.*$"
    if value is None:
        new = re.sub(rf"{kept}\n?", "", old)
    else:
        new, found = re.subn(kept, lambda _: f"{name} = {said}", old)
        if not found:
            new = f"{old.rstrip()}\n{name} = {said}\n"
    if new != old:
        settings.file.write_text(new)
