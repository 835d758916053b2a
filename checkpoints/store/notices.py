"""The errands that every change of a checkpoint brings: wake who sleeps for it, say it in Prefect's list of runs."""

import json

from sqlalchemy import Connection, text

from checkpoints.core.view import Checkpoint

ERRANDS = "desk.errands_add(cast(:errands as jsonb))"
ALONE = text(f"select {ERRANDS}")


def notice(tx: Connection, point: Checkpoint, state: str) -> None:
    """Written with the change."""
    tx.execute(ALONE, {"errands": news(point, state)})


def news(point: Checkpoint, state: str) -> str:
    """The document for ERRANDS. A run sleeps through `open`; everything else is news for it."""
    case, id = str(point.case_id), str(point.id)
    errands = [{"kind": "label", "key": case, "body": {"case": case}}]
    if state != "open" and point.run_id is not None:
        body = {"checkpoint": id, "run": str(point.run_id)}
        errands.append({"kind": "wake", "key": f"{id}/{point.revision}/{state}", "body": body})
    return json.dumps(errands)
