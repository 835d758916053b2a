"""What people are asked when somebody may have read a credential before its user could."""

from datetime import datetime

from checkpoints.core.fields import TASK
from checkpoints.core.model import Fact, Priority, Request, Subject
from checkpoints.core.shown.story import when
from checkpoints.core.view import Checkpoint

AGENT = "the desk"


def question_of(about: Checkpoint) -> str:
    """How the name begins of the question that an alarm about this approval's credential asks."""
    return f"{about.question}/alarm-{about.attempt}-"


def task(about: Checkpoint, service: str, opened_by: str, handed_at: datetime, why: str) -> Request:
    """Another value is made at the service, and the old one revoked there, before anybody is asked to give it."""
    steps = (
        f"1. Make another key at {service}.",
        f"2. Revoke the old one there: whoever read it can use it until then. Look at what {service} was used for.",
        "3. Approve this as done: the new one is then asked for under a number of its own. Don't give it here.",
    )
    return Request(
        kind="manual-task",
        agent=AGENT,
        action=f"Somebody may have read {service}'s key first: make another there, revoke the old one",
        details=f"What {about.label} gave opens nothing here any more, and the vault is told to forget it.",
        subject=Subject("the credential", {"about": about.label, "service": service}),
        facts=(
            Fact("What happened", why, dangerous=True),
            Fact("Was to be opened by", opened_by or "nobody knows"),
            Fact("Handed over", when(handed_at)),
            *(Fact("Steps", step) for step in steps),
            Fact("Names", about.label),
        ),
        fields=(TASK,),
        priority=Priority.CRITICAL,
        about=about.id,
    )
