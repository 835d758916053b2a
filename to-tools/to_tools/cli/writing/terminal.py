"""How the shell writes: 80 columns, colour only on a terminal. Rule: others' words pass `visible` first."""

import io
import os
import sys
import textwrap

import typer

from checkpoints.core.shown.showing import visible

WIDTH = 80


def prepare() -> None:
    """A character that the terminal's encoding lacks must not end the command in the middle of a card."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def talks_to_a_person() -> bool:
    """True when somebody can read a question and type an answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def bold(text: str) -> str:
    return _styled(text, bold=True)


def alarming(text: str) -> str:
    """For what is dangerous. The words must say so too: colour may be absent, or not be seen."""
    return _styled(text, bold=True, fg=typer.colors.RED)


def quiet(text: str) -> str:
    return _styled(text, dim=True)


def wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """The text in lines of 80 columns; `first` begins the first, `rest` (or as much space) every other."""
    indent = " " * len(first) if rest is None else rest
    lines: list[str] = []
    for paragraph in visible(text).expandtabs(4).split("\n"):
        begin = indent if lines else first
        lines += textwrap.wrap(
            paragraph, WIDTH, initial_indent=begin, subsequent_indent=indent, break_on_hyphens=False
        ) or [begin.rstrip()]
    return "\n".join(lines)


def _styled(text: str, *, bold: bool = False, dim: bool = False, fg: str | None = None) -> str:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else typer.style(text, bold=bold or None, dim=dim or None, fg=fg)
