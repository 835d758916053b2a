"""Ask the starter: one JSON line there, one back.

A fenced process can't mount, so it can't build a fence itself.
"""

from dataclasses import asdict
from pathlib import Path

from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.fence.child import GRACE_SECONDS
from checkpoints.fence.heard.tally import QUESTION, Refusals
from checkpoints.fence.job import Fence, Finished, Job, NoFence
from checkpoints.fence.wire import PATIENCE_SECONDS, connected, exchange

NOBODY = "The fence's starter doesn't answer. Nothing was started: `countersign up` starts it."
REFUSALS: dict[str, type[Refused]] = {"refused": Refused, "no fence": NoFence}


def has_starter(fence: Fence) -> bool:
    """Whether this desk has one: then it must answer, for there is no second way from within."""
    return fence.socket.is_socket()


def run(fence: Fence, job: Job) -> Finished:
    """Raises Refused or Unavailable when nothing was started, OutcomeUnknown when the starter was lost."""
    question = {"run": {**asdict(job), "argv": list(job.argv), "environment": dict(job.environment)}}
    with connected(fence.socket, NOBODY) as line:
        try:
            answer = exchange(line, question, job.seconds + 2 * GRACE_SECONDS + PATIENCE_SECONDS)
        except (OSError, ValueError) as error:
            lost = "The fence's starter was lost while the program ran. Its output is in the case's folder."
            raise OutcomeUnknown(lost) from error
    for name, refusal in REFUSALS.items():
        if name in answer:
            raise refusal(str(answer[name]))
    exit_code, output, errors = answer.get("exit"), answer.get("output"), answer.get("errors")
    if not isinstance(exit_code, int) or not isinstance(output, str) or not isinstance(errors, str):
        raise OutcomeUnknown("The fence's starter gave no answer that can be read.")
    folder = fence.cases / job.case
    return Finished(exit_code, answer.get("timed_out") is True, folder / Path(output).name, folder / Path(errors).name)


def holds(fence: Fence) -> tuple[bool, str]:
    """What the starter can hold; a starter that doesn't answer holds nothing."""
    try:
        with connected(fence.socket, NOBODY) as line:
            answer = exchange(line, {"holds": True}, PATIENCE_SECONDS)
    except (OSError, ValueError, Unavailable):
        return False, "no fence: its starter doesn't answer"
    return answer.get("holds") is True, str(answer.get("says"))


def refusals(door: Path, question: str = QUESTION) -> Refusals | None:
    """What whoever listens at `door` refused since it started; None where nobody listens, or answers that.

    By another question: what those whom it started reached for in vain.
    """
    try:
        with connected(door, NOBODY) as line:
            return Refusals.of(exchange(line, {question: {}}, PATIENCE_SECONDS))
    except (OSError, ValueError, Unavailable):
        return None
