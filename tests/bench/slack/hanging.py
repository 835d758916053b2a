"""How many cards a second hang in Slack: built and posted by the real SDK, and told through the store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from checkpoints.actions import errands
from checkpoints.actions.people.told import hanging
from checkpoints.channels.slack.board import SlackBoard
from checkpoints.channels.slack.cards import asked
from checkpoints.core.shown.card import card
from checkpoints.rules.catalogue import read_catalogue
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.slack import workspace
from checkpoints.store.from_outside.slack.workspace import Workspace
from checkpoints.store.secret import slack_keys
from checkpoints.store.secret.slack_keys import SlackKeys
from tests.bench.figures import Figure
from tests.bench.slack.apart import Apart, slack_apart
from tests.bench.storing.busy_desk import A_CASE, per_second
from tests.stage.cluster import running_cluster
from tests.stage.desks import Office, open_office, spend
from tests.unit.core.points import point

KIND = read_catalogue()["spend"]
LINK = "http://127.0.0.1:8080/checkpoints/read-later-digest/3"
CARDS, TOLD = 2_000, 400
THREADS = 8
AT_ONCE = timedelta(0)
LONGEST = 120.0


def hanging_cards(home: Path) -> Iterator[Figure]:
    """cards_per_s and cards_told_per_s."""
    with slack_apart() as slack:
        keys = home / "slack"
        home.mkdir(parents=True, exist_ok=True)
        slack_keys.write(keys, SlackKeys(slack.bot_token))
        board = SlackBoard(slack.api_url, keys, pace=AT_ONCE)
        yield Figure("cards_per_s", per_second(lambda id: _hang(board, slack, id), _ids(), THREADS), CARDS)
        with running_cluster(options=()) as cluster:
            office = open_office(cluster.provide(home / "told"))
            try:
                yield _told(office, board, slack)
            finally:
                office.desk.engine.dispose()
                office.asker.engine.dispose()


def _ids() -> list[UUID]:
    return [uuid4() for _ in range(CARDS)]


def _hang(board: SlackBoard, slack: Apart, id: UUID) -> None:
    board.hang(slack.channel, id, asked(card(point(id=id), KIND), id, LINK))


def _told(office: Office, board: SlackBoard, slack: Apart) -> Figure:
    """From errands that are due to cards that are recorded."""
    with office.desk.transaction() as tx:
        workspace.connect(tx, Workspace(slack.team_id, "Stand-in", "U1"))
    for number in range(TOLD // A_CASE):
        run = office.case(f"case-{number}")
        for question in range(A_CASE):
            office.ask(run, spend("60"), f"question-{question}")
    desk = replace(office.desk, board=board, slack_channel=slack.channel)
    begin = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(_carry, [desk] * THREADS))
    took = time.perf_counter() - begin
    return Figure("cards_told_per_s", round(TOLD / took, 1), TOLD)


def _carry(desk: Desk) -> None:
    """As the porter's thread does, until all is told."""
    end = time.monotonic() + LONGEST
    while errands.seconds_to_next(desk, lane="slack") is not None:
        assert time.monotonic() < end, "the cards were not told in time"
        while errands.carry_next(desk, {"tell:slack": hanging.tell}, lane="slack"):
            pass
