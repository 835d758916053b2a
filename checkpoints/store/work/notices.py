"""The errands that every change of a checkpoint brings: wake who sleeps for it, say it to Prefect and to people."""

import json

from sqlalchemy import Connection, text

from checkpoints.core.view import Checkpoint

ERRANDS = "desk.news_add(cast(:errands as jsonb))"
ALONE = text(f"select {ERRANDS}")


def notice(tx: Connection, point: Checkpoint, state: str) -> None:
    """Written with the change."""
    tx.execute(ALONE, {"errands": news(point, state)})


def nudge(tx: Connection, point: Checkpoint) -> None:
    """People are told, and nothing changed: no run is woken."""
    tx.execute(ALONE, {"errands": json.dumps([_told(point)])})


def news(point: Checkpoint, state: str) -> str:
    """The document for ERRANDS. A run sleeps through `open`; everything else is news for it.

    What the desk asks for itself no run waits for: once it is approved, the desk carries it out.
    """
    kinds = ("label",) if state == "open" else ("label", "wake")
    run = str(point.run_id)
    about = {"label": {"checkpoint": str(point.id), "state": state}}
    errands = [
        {"kind": kind, "key": run, "body": {"run": run} | about.get(kind, {})}
        for kind in kinds
        if point.run_id is not None
    ]
    if point.own and state == "approved":
        errands.append({"kind": "adopt", "key": str(point.id), "body": {"checkpoint": str(point.id)}})
    return json.dumps([*errands, _told(point)])


def _told(point: Checkpoint) -> dict[str, object]:
    return {"kind": "tell:mail", "key": str(point.id), "body": {"checkpoint": str(point.id)}}
