"""The errands that every change of a checkpoint brings: wake who sleeps for it, say it in Prefect's list of runs."""

from sqlalchemy import Connection, text

from checkpoints.core.view import Checkpoint

LABEL = "desk.errand_add('label', :label, jsonb_build_object('case', cast(:label as text)))"
WAKE = """desk.errand_add('wake', :wake,
    jsonb_build_object('checkpoint', cast(:checkpoint as text), 'run', cast(:run as text)))"""
ALONE = text(f"select {LABEL}")
WITH_WAKE = text(f"select {LABEL}, {WAKE}")


def notice(tx: Connection, point: Checkpoint, state: str) -> None:
    """Written with the change."""
    tx.execute(WITH_WAKE if wakes(point, state) else ALONE, news(point, state))


def wakes(point: Checkpoint, state: str) -> bool:
    """A run sleeps through `open`; everything else is news for it."""
    return state != "open" and point.run_id is not None


def news(point: Checkpoint, state: str) -> dict[str, object]:
    """What LABEL and WAKE say."""
    wake = f"{point.id}/{point.revision}/{state}"
    return {"label": str(point.case_id), "wake": wake, "checkpoint": str(point.id), "run": str(point.run_id)}
