"""What any agent asks of a person when only a person can do it: steps, one by one, done with a note, or "could not"."""

from checkpoints.core.fields import TASK
from checkpoints.core.model import Fact, Priority, Request, Subject

OPTIONS = (
    "Do the steps, attach what shows it, then approve with outcome = done",
    "Approve with outcome = could not, and say in the note what is in the way",
    "Ask for changes, saying which step is unclear",
    "Reject, saying why it should not be done",
)


def ask_task(agent: str, action: str, steps: tuple[str, ...], why: str) -> Request:
    """The task. The agent's reason is quoted; the steps are numbered, and what an approval names."""
    numbered = tuple(f"{number}. {step}" for number, step in enumerate(steps, 1))
    return Request(
        kind="manual-task",
        agent=agent,
        action=action,
        details=why,
        subject=Subject("the steps", {"task": action, **{f"step {n:02}": step for n, step in enumerate(steps, 1)}}),
        facts=tuple(Fact("Steps", step) for step in numbered),
        fields=(TASK,),
        options=OPTIONS,
        priority=Priority.MEDIUM,
    )
