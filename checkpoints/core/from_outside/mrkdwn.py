"""What a chat puts around the words that people type, taken away again."""

import re

LINK = re.compile(r"<((?:https?://|mailto:|tel:)[^<>|\s]{1,3000})(?:\|([^<>|\n]{0,3000}))?>")
BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
SLANTED = re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])")
SIGNS = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def undone(text: str) -> str:
    """As it was typed: bold, italics, links and the three signs that Slack writes otherwise.

    What was struck out, quoted or shown as code stays marked: it says something else.
    """
    said = LINK.sub(_typed, text.replace("\r\n", "\n").replace("\r", "\n"))
    said = SLANTED.sub(r"\1", BOLD.sub(r"\1", said))
    for written, meant in SIGNS:
        said = said.replace(written, meant)
    return said.strip()


def _typed(found: re.Match[str]) -> str:
    """Slack makes a link of `example.com`: then that was typed. Else where it leads is what counts."""
    address, label = found[1], found[2]
    return label if label and address in (f"http://{label}", f"https://{label}", f"mailto:{label}", label) else address
