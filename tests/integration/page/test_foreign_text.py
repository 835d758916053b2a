"""Whatever an agent writes, wherever: on the page it is words. It adds no element, no link, no form and no button."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from tests.stage.desks import Office
from tests.unit.channels.hostile import HOSTILE, everywhere

LEADS = {"href", "src", "action", "formaction", "srcdoc", "data", "poster", "background"}
"""Attributes that make something go somewhere."""
NAMES = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27}|\d+|\b(?:plain|hostile)\b")
"""Numbers, ids, digests and short names: which of them it is."""
SAYS = {"name", "type", "method", "id", "for"}


LISTS = ("/", "/audit", "/projects/{case}", "/bundles/flood:{case}")
"""What lists the questions of a case, or of all."""


class Bones(HTMLParser):
    """A page without its words: each element, what its attributes are called, where they lead, what a button sends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.bones: list[tuple[str, ...]] = []
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = {name: value or "" for name, value in attrs}
        led = [NAMES.sub("N", f"{name}={kept[name]}") for name in sorted(kept) if name in LEADS | SAYS or "-" in name]
        sent = [kept.get("value", "")] if tag == "button" else []
        self.bones.append((tag, *sorted(kept), *led, *sent))

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.mark.promise("E1.2")
@pytest.mark.promise("E2.1")
def test_the_page_has_the_same_bones_whatever_an_agent_writes(ada: httpx.Client, office: Office) -> None:
    plain, hostile = office.case("plain"), office.case("hostile")
    words = Bones(ada.get(f"/checkpoints/{office.ask(plain, everywhere('words')).label}").text)
    assert "Approve exactly this" in words.said
    for number in range(1, len(HOSTILE)):
        office.ask(plain, everywhere("words"), f"question {number}")
    office.ask(hostile, everywhere("words"))
    known = {path: set(Bones(ada.get(path.format(case="plain")).text).bones) for path in LISTS}
    for number, (name, text) in enumerate(HOSTILE.items()):
        point = office.ask(hostile, everywhere(text), f"question {number}")
        shown = Bones(ada.get(f"/checkpoints/{point.label}").text)
        assert shown.bones == words.bones, name
        assert unseen(shown) == [], name
    for path in LISTS:
        shown = Bones(ada.get(path.format(case="hostile")).text)
        assert set(shown.bones) - known[path] == set(), path
        assert unseen(shown) == [], path


def unseen(page: Bones) -> list[str]:
    return [character for character in page.said if not (character.isprintable() or character in "\n\t")]
