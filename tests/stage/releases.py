"""Releases to try things with: the sample, with files changed, in a client's repository of its own."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.stage.sandbox import SAMPLE, SOURCES

UNHEALTHY = """
import os, socket, sys
print("starting up", flush=True)
print("I can't find my queue", file=sys.stderr, flush=True)
sys.exit(3)
"""


def variant(sources: Path, name: str, changes: Mapping[str, str | None] | None = None) -> str:
    """Write a copy of the sample as `name`, with these texts instead, or without those files; returns its folder."""
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(SOURCES / SAMPLE, sources / name, ignore=ignore)
    for file, text in (changes or {}).items():
        place = sources / name / file
        if text is None:
            place.unlink()
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
    return name


def titled(title: str) -> dict[str, str | None]:
    """The sample under another title: another release that works."""
    return {"page.py": (SOURCES / SAMPLE / "page.py").read_text().replace("Read Later Digest", title)}
