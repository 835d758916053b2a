"""A case of branches that each ask one question and then take a while: the smallest thing that goes on side by side."""

import time

from prefect import flow
from prefect.runtime import flow_run

from checkpoints.actions.by_runs import submitting
from checkpoints.actions.courses.starting import MAIN
from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import Item
from flows import gate
from flows.delivery.course import deliver
from flows.engine.passes import a_pass
from flows.outcomes import Refusal, settle
from flows.steps import Effect, Result
from flows.trouble import carry_through
from flows.work import End, Work
from tests.stage.desks import spend

SORT = "side-by-side"
ENTRYPOINT = "tests.stage.side_by_side_flow.side_by_side"


def plan(branches: int) -> tuple[Item, ...]:
    """So many branches, none of which needs another."""
    return tuple(Item(f"spend/{number}", "spend", f"Spend {number}") for number in range(1, branches + 1))


@flow(name=SORT, persist_result=False)
def side_by_side(run: str) -> None:
    """The case's brief says how many seconds the effect of each branch takes, by the branch's number."""
    with a_pass(run, str(flow_run.id)) as work:
        end = carry_through(work, deliver if work.run.branch == MAIN else _branch)
        submitting.ended(work.desk, work.run, end.state, end.words, end.course)


def _branch(work: Work) -> End:
    number = work.run.branch.partition("/")[2]
    question = gate.Question("spend", lambda _: spend("60", action=f"Spend {number}"), _change)
    answer = settle(work, question, lambda point: _effect(work, point, number))
    return End("refused", answer.sentence) if isinstance(answer, Refusal) else End("done", "done")


def _change(_: Request, wish: str) -> Request | str:
    return f"I can't: {wish}"


def _effect(work: Work, point: Checkpoint, number: str) -> Effect:
    def take_a_while() -> Result:
        time.sleep(float(str(work.case.brief[number])))
        return {}

    return Effect("take a while", lambda: point.request.subject.parameters, take_a_while)
