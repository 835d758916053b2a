"""Foreign text made safe to show: what would steer a terminal or a reader's eye becomes a visible mark."""

import unicodedata

KEPT = "\n\t"
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters by their category that leave nothing on the screen."""


def visible(text: str) -> str:
    """The text with control, bidirectional, zero-width and other invisible characters as `⟦U+202E⟧`.

    Newlines and tabs stay; every other white space becomes a plain space.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same on one line, white space collapsed: for wherever a newline could forge a line."""
    return " ".join(visible(text).split())


def _shown(character: str) -> str:
    if character in KEPT:
        return character
    if character in BLANK_LETTERS or 0xE0100 <= ord(character) <= 0xE01EF:
        return _mark(character)
    if character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else _mark(character)


def _mark(character: str) -> str:
    return f"⟦U+{ord(character):04X}⟧"
