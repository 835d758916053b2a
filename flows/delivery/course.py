"""The main run of a delivery: begins what is ready, sleeps until a branch ends, and says how the case ends."""

from checkpoints.actions import reading
from checkpoints.actions.by_runs import submitting
from checkpoints.core.work.plan import Course, Line, Stage
from flows import gate
from flows.work import End, Work

SERVED = "production-deployment"


def deliver(work: Work) -> End:
    """How the case ends, and in which words. Suspends the run while branches are at work."""
    while True:
        course, number = reading.course(work.desk, work.case)
        if course.end is not None:
            return End(course.end, told(course), number)
        ready = course.at(Stage.READY)
        if ready:
            submitting.start(work.desk, work.run, [line.item.branch for line in ready])
        gate.rest(work, course=number)


def told(course: Course) -> str:
    """What a case's end comes to: what decided it, what was left out, what is left."""
    refused = [_because(line) for line in course.at(Stage.REFUSED)]
    left = [line.item.title for line in course.at(Stage.BLOCKED, Stage.PLANNED, Stage.READY, Stage.OPEN)]
    if course.end == "delivered":
        served = [line.said for line in course.at(Stage.DONE) if line.item.kind == SERVED]
        left_out = [f"Left out: {'; '.join(refused)}."] if refused else []
        return " ".join([*(served or ["All of the plan is done."]), *left_out])
    rest = f" Left: {', '.join(left)}." if left else ""
    return f"{'; '.join(refused) or 'It could not go on'}.{rest}"


def _because(line: Line) -> str:
    return f"{line.item.title}: {line.said.rstrip('.')}" if line.said else line.item.title
