"""Slack's text as a reader sees it: mrkdwn, plain text and rich text as HTML, every word of others' escaped.

Source: Slack's reference of mrkdwn, of emoji in plain text, and of dates in a reader's own time.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from tests.fakes.slack.docs import Doc, doc, docs, flag, number, text
from tests.fakes.slack.workspace import User, Workspace

EMOJI = {
    "bell": "🔔",
    "calendar": "📅",
    "clock3": "🕒",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "key": "🔑",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "link": "🔗",
    "lock": "🔒",
    "moneybag": "💰",
    "no_entry": "⛔",
    "pencil2": "✏️",
    "red_circle": "🔴",
    "robot_face": "🤖",
    "rotating_light": "🚨",
    "speech_balloon": "💬",
    "tada": "🎉",
    "thread": "🧵",
    "warning": "⚠️",
    "white_check_mark": "✅",
    "x": "❌",
}
DATES = {
    "date_num": "%Y-%m-%d",
    "date_short": "%b %-d, %Y",
    "date_long": "%A, %B %-d, %Y",
    "date": "%B %-d, %Y",
    "time_secs": "%H:%M:%S",
    "time": "%H:%M",
}
CODE = re.compile(r"```\n?(.+?)\n?```|`([^`\n]+)`", re.DOTALL)
LINK = re.compile(r"<([^<>]+)>")
STYLES = [(r"\*", "strong"), ("_", "em"), ("~", "s")]


class Reader:
    """One person, who reads in their own time."""

    def __init__(self, space: Workspace, person: User) -> None:
        self.space = space
        self.zone = ZoneInfo(person.tz)

    def text(self, value: Doc) -> Markup:
        """A text object: mrkdwn, or plain."""
        said = text(value, "text")
        return self.mrkdwn(said) if value.get("type") == "mrkdwn" else plain(said)

    def mrkdwn(self, said: str) -> Markup:
        """Code first, for nothing in it means anything else; then links, quotes and styles."""
        kept: list[str] = []

        def keep(html: str) -> str:
            kept.append(html)
            return f"\0{len(kept) - 1}\0"

        def code(found: re.Match[str]) -> str:
            block, inline = found.groups()
            return keep(f"<pre>{safe(block)}</pre>" if block else f"<code>{safe(inline)}</code>")

        html = CODE.sub(code, said.replace("\0", ""))
        html = LINK.sub(lambda found: keep(self.link(found[1])), html)
        html = quoted(styled(emoji(safe(html)).replace("\n", "<br>")))
        while "\0" in html:
            html = re.sub("\0(\\d+)\0", lambda found: kept[int(found[1])], html)
        return Markup(html)

    def link(self, inside: str) -> str:
        """What stands between < and >: a person, a channel, everybody, a date or an address."""
        target, _, label = inside.partition("|")
        match target[:1], target[1:]:
            case "@", id:
                person = self.space.users.get(id)
                return mark(f"@{person.name if person else id}")
            case "#", id:
                channel = self.space.channels.get(id)
                return mark(f"#{channel.name if channel else id}")
            case "!", what if what.startswith("date^"):
                _, seconds, form, *address = what.split("^")
                when = self.date(int(seconds), form)
                return anchor(address[0], when) if address else f"<time>{safe(when)}</time>"
            case "!", what:
                return mark(f"@{what.partition('^')[0]}")
            case _:
                return anchor(target, label or target)

    def date(self, seconds: int, form: str) -> str:
        """In the reader's time; `pretty` forms say today where it is."""
        when = datetime.fromtimestamp(seconds, UTC).astimezone(self.zone)
        days = (when.date() - datetime.now(self.zone).date()).days
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)

        def one(found: re.Match[str]) -> str:
            name = found[1]
            if name.endswith("_pretty") and near:
                return near
            return when.strftime(DATES.get(name.removesuffix("_pretty"), "%Y-%m-%d %H:%M"))

        return re.sub(r"\{(\w+)\}", one, form)

    def clock(self, ts: str) -> str:
        return datetime.fromtimestamp(float(ts), UTC).astimezone(self.zone).strftime("%H:%M")

    def rich(self, block: Doc) -> Markup:
        """A rich_text block."""
        return Markup("").join(self.rich_part(one) for one in docs(block, "elements"))

    def rich_part(self, part: Doc) -> Markup:
        inside = Markup("").join(self.run(one) for one in docs(part, "elements"))
        match part.get("type"):
            case "rich_text_list":
                lines = [self.rich_part(one) for one in docs(part, "elements")]
                items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
                kind = "ol" if part.get("style") == "ordered" else "ul"
                return Markup("<{0}>{1}</{0}>").format(Markup(kind), items)
            case "rich_text_quote":
                return Markup("<blockquote>{}</blockquote>").format(inside)
            case "rich_text_preformatted":
                return Markup("<pre>{}</pre>").format(inside)
            case _:
                return Markup("<p>{}</p>").format(inside)

    def run(self, one: Doc) -> Markup:
        """One piece of a line of rich text, with its style."""
        match one.get("type"):
            case "link":
                html = Markup(anchor(text(one, "url"), text(one, "text") or text(one, "url")))
            case "emoji":
                html = escape(emoji(f":{text(one, 'name')}:"))
            case "user":
                html = Markup(self.link(f"@{text(one, 'user_id')}"))
            case "channel":
                html = Markup(self.link(f"#{text(one, 'channel_id')}"))
            case "broadcast":
                html = Markup(mark(f"@{text(one, 'range')}"))
            case "date":
                html = escape(self.date(number(one, "timestamp", default=0), text(one, "format")))
            case _:
                html = Markup("<br>").join(text(one, "text").split("\n"))
        style = doc(one, "style")
        for name, tag in (("code", "code"), ("bold", "strong"), ("italic", "em"), ("strike", "s")):
            if flag(style, name):
                html = Markup("<{0}>{1}</{0}>").format(Markup(tag), html)
        return html


def plain(said: str) -> Markup:
    return Markup("<br>").join(escape(emoji(line)) for line in said.split("\n"))


def safe(said: str) -> str:
    """Slack's three escapes stay what they are; all else that HTML could read is escaped."""
    for written, meant in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        said = said.replace(written, meant)
    return str(escape(said))


def emoji(said: str) -> str:
    return re.sub(r":([a-z0-9_]+):", lambda found: EMOJI.get(found[1], found[0]), said)


def styled(html: str) -> str:
    for sign, tag in STYLES:
        pattern = rf"(?<![\w{sign}]){sign}(?=\S)((?:(?!<br>|{sign}).)+?)(?<=\S){sign}(?![\w{sign}])"
        html = re.sub(pattern, rf"<{tag}>\1</{tag}>", html)
    return html


def quoted(html: str) -> str:
    """Lines that begin with > are a quote."""
    pattern = re.compile(r"(?:(?<=^)|(?<=<br>))(?:&gt; ?(?:(?!<br>).)*(?:<br>|$))+")

    def one(found: re.Match[str]) -> str:
        lines = [line.removeprefix("&gt;").strip() for line in found[0].split("<br>") if line]
        return f"<blockquote>{'<br>'.join(lines)}</blockquote>"

    return pattern.sub(one, html)


def mark(said: str) -> str:
    return f'<span class="mention">{safe(said)}</span>'


def anchor(address: str, label: str) -> str:
    """Only what a browser opens as a page or a mail."""
    address = address.replace("&amp;", "&")
    if not re.match(r"https?://|mailto:", address):
        return safe(label)
    return f'<a href="{escape(address)}" target="_blank" rel="noreferrer">{safe(label)}</a>'
