"""A flow that asks one question after the other, and notes when its own code went on: what peers are compared by."""

import os
import time
from functools import partial

from prefect import flow
from prefect.runtime import flow_run

from checkpoints.actions.by_runs import submitting
from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from flows import gate
from flows.engine.passes import a_pass
from flows.outcomes import settle
from flows.steps import Effect, Result
from flows.work import Work
from tests.stage.desks import spend

SORT = "peers"
ENTRYPOINT = "tests.bench.peers_flow.answered"
NOTES = "cases/peers.txt"
"""One line an effect, synced: the checkpoint's id, and when the code after the wait began (ns since 1970)."""


@flow(name=SORT, persist_result=False)
def answered(run: str) -> None:
    """The case's brief says how many questions there are."""
    with a_pass(run, str(flow_run.id)) as work:
        for number in range(1, int(str(work.case.brief["questions"])) + 1):
            question = gate.Question(f"spend-{number}", lambda _: spend("60"), _change)
            settle(work, question, partial(_effect, work))
        submitting.ended(work.desk, work.run, "delivered", "over")


def _change(_: Request, wish: str) -> Request | str:
    return f"I can't: {wish}"


def _effect(work: Work, point: Checkpoint) -> Effect:
    def note() -> Result:
        line = f"{point.id} {time.time_ns()}\n"
        file = os.open(work.desk.home / NOTES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
            os.fsync(file)
        finally:
            os.close(file)
        return {}

    return Effect("note it", lambda: point.request.subject.parameters, note)
