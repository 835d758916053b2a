"""A stand-in for Slack in a process of its own, so that what is measured doesn't share its threads."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

from tests.fakes.slack import stand_in

PATIENCE = 30.0


@dataclass(frozen=True)
class Apart:
    """Where it is, what opens it, and a channel and a user there. It has no pace and no faults."""

    api_url: str
    team_id: str
    bot_token: str
    channel: str
    user: str


@contextmanager
def slack_apart(deliver: Literal["socket", "http"] = "socket") -> Iterator[Apart]:
    """Until the end of the block."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, deliver), daemon=True)
    process.start()
    try:
        assert ours.poll(PATIENCE), "the stand-in for Slack did not start"
        yield Apart(*ours.recv())
    finally:
        ours.send(None)
        process.join(PATIENCE)


def _serve(theirs: Connection, deliver: Literal["socket", "http"]) -> None:
    with stand_in(deliver) as slack:
        channel, user = slack.channel("bench"), slack.user("Ada")
        theirs.send((slack.api_url, slack.team_id, slack.bot_token, channel.id, user.id))
        theirs.recv()
