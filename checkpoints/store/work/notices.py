"""The errands that every change of a checkpoint brings: wake who sleeps for it, say it to Prefect and to people."""

import json

from sqlalchemy import Connection, text

from checkpoints.core.view import Checkpoint

ERRANDS = "desk.news_add(cast(:errands as jsonb))"
ALONE = text(f"select {ERRANDS}")


def notice(tx: Connection, point: Checkpoint, state: str) -> None:
    """Written with the change."""
    tx.execute(ALONE, {"errands": news(point, state)})


def notice_flood(tx: Connection, point: Checkpoint) -> None:
    """It is open, and people are told of it together with the others of its case: one errand for all of them."""
    tx.execute(ALONE, {"errands": json.dumps([*_of_the_run(point, "open"), _told_together(point)])})


def nudge(tx: Connection, point: Checkpoint, together: bool = False) -> None:
    """People are told, and nothing changed: no run is woken. `together`: with the others of its case's flood."""
    tx.execute(ALONE, {"errands": json.dumps([_told_together(point) if together else _told(point)])})


def news(point: Checkpoint, state: str) -> str:
    """The document for ERRANDS. A run sleeps through `open`; everything else is news for it.

    What the desk asks for itself no run waits for: once it is approved, the desk carries it out.
    """
    errands = _of_the_run(point, state)
    if point.own and state == "approved":
        errands.append({"kind": "adopt", "key": str(point.id), "body": {"checkpoint": str(point.id)}})
    return json.dumps([*errands, _told(point)])


def _told_together(point: Checkpoint) -> dict[str, object]:
    """The errand that tells people of a case's flood."""
    return {"kind": "tell:mail", "key": f"flood {point.case_id}", "body": {"flood": str(point.case_id)}}


def _of_the_run(point: Checkpoint, state: str) -> list[dict[str, object]]:
    kinds = ("label",) if state == "open" else ("label", "wake")
    run = str(point.run_id)
    about = {"label": {"checkpoint": str(point.id), "state": state}}
    return [
        {"kind": kind, "key": run, "body": {"run": run} | about.get(kind, {})}
        for kind in kinds
        if point.run_id is not None
    ]


def _told(point: Checkpoint) -> dict[str, object]:
    return {"kind": "tell:mail", "key": str(point.id), "body": {"checkpoint": str(point.id)}}
