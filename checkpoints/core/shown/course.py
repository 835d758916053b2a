"""A case's plan as people read it: what is planned, open, blocked by which number, done, not needed."""

from collections.abc import Sequence
from dataclasses import dataclass

from checkpoints.core.shown.story import sentence
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import Course, Line, Stage


@dataclass(frozen=True)
class Planned:
    """One line of the plan. `number` is that of its newest question, None while nothing was asked; `words` say more."""

    branch: str
    title: str
    stage: Stage
    number: int | None
    words: str

    @property
    def can_be_waived(self) -> bool:
        """Whether a person can say that it isn't needed."""
        return self.stage not in (Stage.DONE, Stage.NOT_NEEDED)


def planned(course: Course, points: Sequence[Checkpoint]) -> tuple[Planned, ...]:
    """The plan, in its order."""
    numbers = {line.item.branch: number for line in course.lines if (number := _number(line, points))}
    titles = {line.item.branch: line.item.title for line in course.lines}
    return tuple(
        Planned(
            line.item.branch,
            line.item.title,
            line.stage,
            numbers.get(line.item.branch),
            _words(line, numbers, titles),
        )
        for line in course.lines
    )


def blocked_line(plan: Sequence[Planned]) -> str:
    """One sentence on what can't go on, empty while everything can."""
    told = [f"{entry.title} is {entry.words}" for entry in plan if entry.stage is Stage.BLOCKED]
    return sentence("; ".join(told)) if told else ""


def _number(line: Line, points: Sequence[Checkpoint]) -> int | None:
    """The newest of the branch's questions of its own kind; one of another kind where it never came to that."""
    mine = [point for point in points if point.branch == line.item.branch]
    own = [point for point in mine if point.kind == line.item.kind]
    return (own or mine)[-1].number if mine else None


def _words(line: Line, numbers: dict[str, int], titles: dict[str, str]) -> str:
    match line.stage:
        case Stage.BLOCKED:
            by = [_named(branch, numbers, titles) for branch in line.blockers]
            return f"blocked by {', '.join(by)}: reopen it, or say that it isn't needed"
        case Stage.PLANNED:
            return "planned"
        case Stage.READY:
            return "about to begin"
        case Stage.OPEN:
            return "under way" if line.item.branch in numbers else "being prepared"
        case _:
            return line.said or str(line.stage)


def _named(branch: str, numbers: dict[str, int], titles: dict[str, str]) -> str:
    number = f"{numbers[branch]} " if branch in numbers else ""
    return f"{number}({titles.get(branch, branch)})"
