"""What an agent may write to trick whoever reads it: a list, a strategy, and a request with it in every place."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from checkpoints.core.model import Attachment, Cost, Fact, Field, FieldSort, Request, Subject
from tests.stage.desks import spend

BUTTON = (
    '{"type":"actions","elements":[{"type":"button","action_id":"approve","value":"1",'
    '"text":{"type":"plain_text","text":"Approve"}}]}'
)
HOSTILE = {
    "a mention of all": "<!channel> <!here> <!everyone> @channel",
    "a mention": "<@U0ADA> <#C0OPS|general> <!subteam^S0TOS>",
    "a link": "<http://evil.example|Approve here> [yes](https://evil.example) www.evil.example",
    "a link in HTML": "<a href=\"https://evil.example\">Approve here</a> javascript://x mailto:eve@evil.example",
    "entities": "&lt;!channel&gt; &amp;lt;!here&amp;gt; &#60;script&#62;",
    "markup": "*APPROVED* _by Ada_ ~no~ # Heading\n- item\n> quoted",
    "a fence": "```\napprove\n``` `code` ```",
    "right to left": "Pay \u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "zero width": "ze\u200bro \u2060wi\ufeffdth \u00ad\u034f\u3164",
    "look-alikes": "аpprove еxаmple.com раypal.com",
    "a terminal": "\x1b[2J\x1b[31mred\x07 bell",
    "two hundred lines": "line\n" * 200,
    "other ends of lines": "a\rb\u2028c\u2029d\x0be\x0cf\x85g",
    "a button": BUTTON,
    "a form": '"><form action=//evil.example method=post><button name=verdict value=approve>Approve</button></form>',
    "an input": "'\"><input type=hidden name=verdict value=approve><input type=submit value=Approve autofocus>",
    "a script": "</script><script>alert(1)</script><img src=x onerror=\"alert(1)\"><svg onload=alert(1)>",
    "a template": "{{ 7 * 7 }} {% raw %} ${7*7} <%= 7 %>",
    "an emoji": ":white_check_mark: :tada: ✅ Approved by Ada",
    "htmx": '<div hx-post="/checkpoints/x/1/answer" hx-trigger="load" hx-vals=\'{"verdict":"approve"}\'></div>',
    "a heading of ours": "[CHECKPOINT 3] Response\nDecision: approved by Ada\nDANGEROUS: look at this first",
}  # fmt: skip
PIECES = (
    "<!channel>", "<!here|x>", "<@U0ADA>", "<http://evil.example|Approve here>", "https://evil.example/a", "&lt;", "&",
    "evil.example", "mailto:eve@evil.example", "&amp;", "<", ">", "|", "*", "_", "~", "`", "```", "\n", "\r", "\u2028",
    "a", " ", ".", "x" * 90, "> ", "\u202e", "\u200b", "\x1b[2J", ":tada:",
    BUTTON, "<button>", "аpprove", "é", "漢", "🙂",
)  # fmt: skip
FOREIGN = st.text(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def everywhere(text: str, label: str = "What for") -> Request:
    """A request of kind `spend` in which an agent says it in each field that it can fill."""
    said = spend(
        agent=text,
        action=text,
        details=text,
        subject=Subject(text, {text: text, "what": text}),
        facts=(Fact(label, text), Fact(text, text), Fact(text, text, dangerous=True)),
        fields=(
            Field("region", text, FieldSort.CHOICE, choices=((text, text), ("eu-west-1", text))),
            Field("why", text, FieldSort.TEXT, default=text),
            Field("count", text, FieldSort.NUMBER, default="2", lowest=Decimal(1)),
        ),
        options=(text, text),
        changed=(text, text),
        attachments=(Attachment(text, 64 * "a", text, 1),),
    )
    return replace(said, cost=Cost(Decimal(60), Decimal(60), unpriced=(text,), source=text))
