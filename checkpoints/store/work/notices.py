"""The errands that every change of a checkpoint brings: wake who sleeps for it, say it to Prefect and to people."""

import json

from sqlalchemy import Connection, text

from checkpoints.core.view import Checkpoint
from checkpoints.store.from_outside.slack import cards

ERRANDS = "desk.news_add(cast(:errands as jsonb))"
ALONE = text(f"select {ERRANDS}")
TELL = ("tell:mail", "tell:slack")
"""Of these the database keeps those by which somebody can be reached."""
EVERYBODY = text("""
    select desk.news_add(coalesce(jsonb_agg(jsonb_build_object('kind', 'tell:slack', 'key', key, 'body', body)), '[]'))
    from (select cast(id as text) as key, jsonb_build_object('checkpoint', id) as body
            from desk.checkpoint where state = 'open' and not flooded
        union all select distinct 'flood ' || case_id, jsonb_build_object('flood', case_id)
            from desk.checkpoint where state = 'open' and flooded) as told""")


def notice(tx: Connection, point: Checkpoint, state: str) -> None:
    """Written with the change."""
    tx.execute(ALONE, {"errands": news(point, state)})


def notice_flood(tx: Connection, point: Checkpoint) -> None:
    """It is open, and people are told of it together with the others of its case: one errand for all of them."""
    tx.execute(ALONE, {"errands": json.dumps([*_of_the_run(point, "open"), *_told_together(point)])})


def nudge(tx: Connection, point: Checkpoint, together: bool = False) -> None:
    """People are told, and nothing changed: no run is woken. `together`: with the others of its case's flood."""
    tx.execute(ALONE, {"errands": json.dumps(_told_together(point) if together else _told(point))})


def news(point: Checkpoint, state: str) -> str:
    """The document for ERRANDS. A run sleeps through `open`; everything else is news for it.

    What the desk asks for itself no run waits for: once it is approved, the desk carries it out.
    """
    errands = _of_the_run(point, state)
    if point.own and state == "approved":
        errands.append({"kind": "adopt", "key": str(point.id), "body": {"checkpoint": str(point.id)}})
    return json.dumps([*errands, *_told(point)])


def nudge_everybody(tx: Connection) -> None:
    """Somebody, or a channel, can be told in Slack from now on: they hear of what is open, and nobody else again.

    What Slack refused before is tried once more.
    """
    cards.want_again(tx)
    tx.execute(EVERYBODY)


def _told_together(point: Checkpoint) -> list[dict[str, object]]:
    """The errands that tell people of a case's flood."""
    return [{"kind": kind, "key": f"flood {point.case_id}", "body": {"flood": str(point.case_id)}} for kind in TELL]


def _of_the_run(point: Checkpoint, state: str) -> list[dict[str, object]]:
    kinds = ("label",) if state == "open" else ("label", "wake")
    run = str(point.run_id)
    about = {"label": {"checkpoint": str(point.id), "state": state}}
    return [
        {"kind": kind, "key": run, "body": {"run": run} | about.get(kind, {})}
        for kind in kinds
        if point.run_id is not None
    ]


def _told(point: Checkpoint) -> list[dict[str, object]]:
    return [{"kind": kind, "key": str(point.id), "body": {"checkpoint": str(point.id)}} for kind in TELL]
