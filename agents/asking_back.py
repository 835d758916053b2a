"""What any agent asks when it can't go on: an escalation that names the question, and the reconciling of an effect."""

from dataclasses import replace
from uuid import UUID

from checkpoints.core.model import Fact, Field, FieldSort, Priority, Request, Subject

NEXT = (
    ("again", "ask the same once more, under a new number"),
    ("stop", "leave it: what follows from a rejection follows"),
)
OUTCOMES = (
    ("done", "it happened: go on, don't repeat it"),
    ("failed", "it did not happen: the same permit may begin again"),
    ("undo", "it happened and must be undone: a task for a person is asked"),
)


def escalate(about: str, agent: str, what: str, tried: str) -> Request:
    """Something stands in the way of `about`: a person says what now."""
    return Request(
        kind="escalation",
        agent=agent,
        action=f"{about} can't go on",
        details=tried,
        subject=Subject("the question", {"about": about, "what": what}),
        facts=(Fact("What happened", what), Fact("Names", about)),
        fields=(Field("next", "What now", FieldSort.CHOICE, choices=NEXT),),
        priority=Priority.HIGH,
    )


def reconcile(about: str, id: UUID, agent: str, step: str, begun: str) -> Request:
    """An effect was begun and nobody knows whether it happened: a person looks and says."""
    return Request(
        kind="reconcile",
        agent=agent,
        action=f"Did “{step}” of {about} happen?",
        details="I can't tell, and I repeat nothing.",
        subject=Subject("the effect", {"about": about, "step": step}),
        facts=(Fact("Step", step, dangerous=True), Fact("Begun", begun), Fact("Names", about)),
        fields=(Field("outcome", "What you found", FieldSort.CHOICE, choices=OUTCOMES),),
        priority=Priority.CRITICAL,
        about=id,
    )


def cannot_change(request: Request, wish: str) -> Request:
    """The same question with the wish in it: there is nothing in it that an agent could change."""
    note = Fact("You asked to change", f"“{wish[:500]}” – only the choices below can be taken")
    return replace(request, facts=(*request.facts, note), changed=("your words were added",))
