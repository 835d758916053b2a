"""Slack, as far as this machine knows: whether it is connected, its keys lie right, the listener runs, cards get there.

Rule: nothing is asked of Slack itself; that does `countersign slack check`.
"""

from collections.abc import Iterator

from sqlalchemy import Connection

from checkpoints.core.errors import Countersign
from checkpoints.core.shown.showing import one_line
from checkpoints.settings import Settings
from checkpoints.store import errands
from checkpoints.store.from_outside.slack import accounts, workspace
from checkpoints.store.secret import slack_keys
from to_tools.cli.doctor.finding import Finding, Mark, duration, look, ok, wrong
from to_tools.cli.doctor.ground import short
from to_tools.cli.doctor.processes import trouble_of
from to_tools.up.alone import holder
from to_tools.up.supervisor import noted

CONNECT = "countersign slack connect"
AGAIN = "countersign down && countersign up --detach"
PART = "slack"
ERRAND = "tell:slack"
WORRYING = 3
"""Tries in vain after which it is no hiccup."""


def ways(settings: Settings) -> Iterator[Finding]:
    """The keys that the way needs, and who hears Slack. Nothing where the desk was never connected."""
    if not settings.slack:
        return
    try:
        keys = slack_keys.read(settings.slack_keys)
    except Countersign as no:
        yield wrong("slack", one_line(str(no)), CONNECT, "slack-does-not-answer")
        return
    heard = hears(settings)
    if settings.slack == "http" and not keys.signing_secret:
        yield wrong("slack", "http mode without a signing secret: anybody could say that they are Slack", CONNECT)
    elif settings.slack == "socket" and not keys.app_token:
        yield wrong("slack", "socket mode without an app-level token", CONNECT)
    elif heard is not None and heard.mark is not Mark.OK:
        yield heard
    else:
        by = f", its listener {heard.found}" if heard else ""
        yield ok("slack", f"{settings.slack} mode{by}; nobody else can read {short(settings.slack_keys)}")


def hears(settings: Settings) -> Finding | None:
    """Whether what people press gets here. None over HTTP, which is the page's, and where no desk runs."""
    if settings.slack != "socket" or holder(settings.home) is None:
        return None
    listener = next((part for part in noted(settings.logs) if part.name == PART), None)
    if listener is None:
        return wrong("slack", "the desk was started before it was connected: nobody hears what is pressed", AGAIN)
    if not (trouble := trouble_of(listener)):
        return ok("slack", f"runs as process {listener.pid}")
    do = f"tail -n 20 {short(settings.logs / PART)}.log"
    return wrong("slack", f"its listener {trouble}; nobody hears what is pressed", do, "slack-does-not-answer")


def cards(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """Where it speaks, who answers from there, and why cards don't get there."""
    found = workspace.workspace(tx)
    if found is None:
        if settings.slack:
            yield wrong("slack", "the settings name a mode, and the database no workspace", CONNECT)
        return
    if not settings.slack:
        yield wrong("slack", f"{one_line(found.name)} is connected, and the settings name no mode", CONNECT)
    linked = len(accounts.everybody(tx))
    said = f"{one_line(found.name)}; {linked} {'person is' if linked == 1 else 'people are'} linked"
    yield ok("slack", said) if linked else look("slack", said, "countersign slack code")
    troubled = errands.troubled(tx, 1, ERRAND)
    for one in troubled:
        told = f"a card doesn't get there, for {duration(one.age)}, {one.tries} tries: {one_line(one.trouble)[:200]}"
        judged = wrong if one.tries > WORRYING else look
        yield judged("slack", told, "countersign slack check", "slack-does-not-answer")
