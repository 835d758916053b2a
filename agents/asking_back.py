"""What any agent asks when it can't go on: an escalation that names the question, and the reconciling of an effect."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from uuid import UUID

from checkpoints.core.model import Fact, Field, FieldSort, Priority, Request, Subject
from checkpoints.core.work.signs import Sign


class Next(StrEnum):
    """What a person may say to an escalation."""

    RETRY = "retry"
    INSTEAD = "instead"
    STOP = "stop"


NEXT = (
    (Next.RETRY, "do the same once more"),
    (Next.INSTEAD, "use this instead: the note says what, and it is asked under a new number before anything runs"),
    (Next.STOP, "leave it: what follows from a rejection follows"),
)
OUTCOMES = (
    ("done", "it happened: go on, don't repeat it"),
    ("failed", "it did not happen: the same permit may begin again"),
    ("undo", "it happened and must be undone: a task for a person is asked"),
)
TRIED = "What was tried"


def escalate(
    about: str,
    agent: str,
    what: str,
    says: str,
    tried: Sequence[str] = (),
    sign: Sign | None = None,
    *,
    can_change: bool = True,
    production_down: bool = False,
) -> Request:
    """Something stands in the way of `about`: a person says what now. `what` and `tried` are our words, no others'.

    `can_change`: there is a question whose change a person can wish for, so that “use this instead” leads somewhere.
    """
    choices = tuple((value.value, meaning) for value, meaning in NEXT if can_change or value is not Next.INSTEAD)
    return Request(
        kind="escalation",
        agent=agent,
        action=f"{about} can't go on",
        details=says,
        subject=Subject("the question", {"about": about, "what": what}),
        facts=(Fact("What happened", what), *recognised(sign), *tries(tried), Fact("Names", about)),
        fields=(Field("next", "What now", FieldSort.CHOICE, choices=choices),),
        priority=Priority.CRITICAL if production_down else Priority.HIGH,
    )


def recognised(sign: Sign | None) -> tuple[Fact, ...]:
    """The group and the case that an error belongs to, where it is known."""
    return (Fact("Group", sign.group), Fact("Recognised as", sign)) if sign else ()


def tries(tried: Sequence[str]) -> tuple[Fact, ...]:
    """One fact a try, the oldest first."""
    return tuple(Fact(TRIED, line) for line in tried)


def reconcile(
    about: str, id: UUID, agent: str, step: str, begun: str, tried: Sequence[str] = (), sign: Sign | None = None
) -> Request:
    """An effect was begun and nobody knows whether it happened: a person looks and says."""
    return Request(
        kind="reconcile",
        agent=agent,
        action=f"Did “{step}” of {about} happen?",
        details="I can't tell, and I repeat nothing.",
        subject=Subject("the effect", {"about": about, "step": step}),
        facts=(
            Fact("Step", step, dangerous=True),
            Fact("Begun", begun),
            *recognised(sign),
            *tries(tried),
            Fact("Names", about),
        ),
        fields=(Field("outcome", "What you found", FieldSort.CHOICE, choices=OUTCOMES),),
        priority=Priority.CRITICAL,
        about=id,
    )


def cannot_change(request: Request, wish: str) -> Request:
    """The same question with the wish in it: there is nothing in it that an agent could change."""
    note = Fact("You asked to change", f"“{wish[:500]}” – only the choices below can be taken")
    return replace(request, facts=(*request.facts, note), changed=("your words were added",))


def cannot_use(escalation: Request, wish: str, why: str) -> Request:
    """The same escalation, after what a person wanted used instead can't be."""
    note = Fact("You said to use instead", f"“{wish[:500]}” – {why}")
    return replace(escalation, facts=(note, *escalation.facts))
