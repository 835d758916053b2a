"""The desk asks for an undoing: something happened that a person said must be taken back."""

from sqlalchemy import Connection

from checkpoints.core.digest import digest
from checkpoints.core.fields import TASK
from checkpoints.core.model import Fact, Request, Subject
from checkpoints.core.view import Checkpoint
from checkpoints.store import checkpoints


def question_of(about: Checkpoint) -> str:
    """The name of the question that asks for the undoing of what `about` allowed."""
    return f"{about.question}/undo-{about.attempt}"


def ask_undoing(tx: Connection, about: Checkpoint) -> None:
    """A task for a person, under a number of its own, within the transaction that decided it."""
    request = Request(
        kind="manual-task",
        agent="the desk",
        action=f"Undo what {about.label} did",
        details=f"It happened, and a person said that it must be undone: {about.request.action}.",
        subject=Subject("the undoing", {"about": about.label, "subject": about.digest}),
        facts=(Fact("Steps", f"1. Take back by hand what {about.label} did, then approve this as done."),),
        fields=(TASK,),
    )
    checkpoints.ask_beside(tx, about, question_of(about), request, digest(request.subject.parameters))
