"""A flow that asks one question and notes its one effect in a file: the smallest thing that goes through the gate."""

import os
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import httpx
from prefect import flow
from prefect.runtime import flow_run

from checkpoints.actions.by_runs import submitting, waiting
from checkpoints.core.errors import Countersign, OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from flows import gate
from flows.engine.passes import a_pass
from flows.outcomes import Refusal, settle
from flows.steps import Effect, Result
from flows.work import Work
from tests.stage.desks import spend

SORT = "asking"
ENTRYPOINT = "tests.stage.asking_flow.asking"
BEFORE_WAITING = "COUNTERSIGN_TEST_SECONDS_BEFORE_WAITING"
BEFORE_SUSPENDING = "COUNTERSIGN_TEST_SECONDS_BEFORE_SUSPENDING"
EFFECTS = "cases/effects.txt"
"""Where a fenced engine may write."""
TROUBLES: dict[str, type[Countersign]] = {"unknown": OutcomeUnknown, "unavailable": Unavailable, "refused": Refused}


@flow(name=SORT, persist_result=False)
def asking(run: str) -> None:
    """The case's brief says what it costs, and which troubles its effect meets, one a try; an address is called."""
    with a_pass(run, str(flow_run.id)) as work:
        cost = str(work.case.brief["cost"])
        question = gate.Question("spend", lambda _: spend(cost), _change)
        answer = settle(work, question, lambda point: _effect(work, work.desk.home, point))
        refused = isinstance(answer, Refusal)
        submitting.ended(work.desk, work.run, "refused" if refused else "delivered", "over")


def _change(request: Request, wish: str) -> Request | str:
    """Understands two wishes, and gets one wrong: a revision can't change the kind."""
    if wish == "make it a task":
        return replace(request, kind="manual-task")
    amount = wish.removeprefix("for $")
    return spend(amount, changed=(f"the cost: {amount}",)) if amount.isdigit() else f"I can't: {wish}"


def _effect(work: Work, home: Path, point: Checkpoint) -> Effect:
    def note() -> Result:
        troubles = list(work.case.brief.get("troubles", []))  # type: ignore[call-overload]
        tries = home / "cases" / f"{work.case.slug}.tries"
        tries.parent.mkdir(exist_ok=True)
        tried = int(tries.read_text()) if tries.exists() else 0
        tries.write_text(str(tried + 1))
        if tried < len(troubles) and troubles[tried] in TROUBLES:
            raise TROUBLES[troubles[tried]]("the world is like that")
        if tried < len(troubles):
            _call(troubles[tried])
        with (home / EFFECTS).open("a") as file:
            file.write(f"{work.case.slug}\n")
        return {}

    return Effect("note it", lambda: point.request.subject.parameters, note)


def _call(address: str) -> None:
    try:
        httpx.get(address).raise_for_status()
    except httpx.HTTPError as wrong:
        raise Unavailable("The service did not answer as it should. Nothing was changed.") from wrong


def happened(home: Path, slug: str) -> int:
    """How often the effect of this case did."""
    effects = home / EFFECTS
    return effects.read_text().split().count(slug) if effects.exists() else 0


def slow_down() -> None:
    """Waits before the gate's wait row, and between its last look and Prefect's suspending: there an answer fits in."""
    _late(waiting, "sleep_for", BEFORE_WAITING)
    _late(gate, "suspend_flow_run", BEFORE_SUSPENDING)


def _late(module: ModuleType, name: str, variable: str) -> None:
    seconds = float(os.environ.get(variable, "0"))
    in_time = getattr(module, name)

    def late(*given: object, **named: object) -> None:
        time.sleep(seconds)
        in_time(*given, **named)

    setattr(module, name, late)
