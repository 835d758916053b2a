"""A run acts: plain steps go to the ledger; one under a permit begins by a compare-and-set, ends known or unknown."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from sqlalchemy import Connection

from checkpoints.core.digest import approved
from checkpoints.core.errors import OutcomeUnknown, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.view import Checkpoint
from checkpoints.seeing import moments
from checkpoints.seeing.failpoints import reach
from checkpoints.seeing.moments import moment
from checkpoints.store import runs
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run, Step
from checkpoints.store.work import begun as journal
from checkpoints.store.work import effects
from checkpoints.store.work.leases import working


def ledger(desk: Desk, run: Run, name: str) -> Step | None:
    """What the ledger has of a step, None before it began."""
    with desk.transaction() as tx:
        return runs.step(tx, run, name)


def begin_plain(desk: Desk, run: Run, name: str) -> UUID | None:
    """A step that may be done again begins (no effect outside); None when it was done meanwhile."""
    with working(desk, run) as tx:
        return runs.begin_step(tx, run, name)


def end_plain(desk: Desk, run: Run, step_id: UUID, result: Json) -> None:
    """Done, with what it gave."""
    with working(desk, run) as tx:
        runs.end_step(tx, step_id, result)


def begin(desk: Desk, run: Run, point: Checkpoint, name: str, subject_digest: str, fields: Mapping[str, str]) -> Step:
    """The step that may act now, once. `subject_digest` and `fields` are of what is about to run.

    Raises Refused when that is not what was approved, IllegalMove when the permit is used, unknown, void or too old.
    """
    with working(desk, run) as tx:
        begin_in(tx, run, point, name, subject_digest, fields)
        begun = runs.step(tx, run, name)
    assert begun is not None
    reach("K9")
    return begun


def begin_in(
    tx: Connection, run: Run, point: Checkpoint, name: str, subject_digest: str, fields: Mapping[str, str]
) -> UUID:
    """The same step's id, in a transaction of a run at work. Raises as `begin` does."""
    return runs.begin(tx, run, point.id, name, point.revision, approved(subject_digest, fields, point.revision))


def note(desk: Desk, run: Run, point: Checkpoint, step: Step) -> None:
    """Notes outside the database that an effect begins, right before it does.

    Raises OutcomeUnknown when the same question's effect was begun before and this database doesn't know it, for then
    it is an older one that was restored; Unavailable when it can't be noted.
    """
    token = uuid4().hex
    with working(desk, run) as tx:
        id = runs.begin_step(tx, run, f"{journal.STEP}{token}")
        assert id is not None
        runs.end_step(tx, id, {"step": step.name})
        try:
            lines = journal.read(desk.home, run.case)
        except OSError as wrong:
            raise Unavailable(f"What was done before can't be read ({wrong.strerror}). Nothing was done.") from wrong
        known = journal.known_to(tx, [line.token for line in lines])
    here = (run.branch, point.question)
    lost = [one for one in journal.forgotten(lines, known) if (one.branch, one.question) in (here, ("", ""))]
    after, at = tuple(one.token for one in lost), step.begun_at.isoformat()
    named = point.label, step.name, point.digest
    journal.write(desk.home, run.case, journal.Begun(token, at, *here, *named, after))
    if lost:
        raise OutcomeUnknown(_said(lost[-1]))


def _said(lost: journal.Begun) -> str:
    if not lost.step:
        return "the journal of what was begun has a line that can't be read, so it may have been begun before"
    return (
        f"“{lost.step}” was begun before, at {lost.at}, and this database knows nothing of it: it is an older one "
        "that was restored. Nothing was done now"
    )


def finish(desk: Desk, run: Run, step_id: UUID, outcome: str, result: Json) -> None:
    """The step's end: `done`, `failed` (known not to have happened) or `unknown`."""
    with moment("acted", outcome=outcome) as acted, working(desk, run) as tx:
        runs.finish(tx, run, step_id, outcome, result)
        if moments.on() and (effect := effects.of_step(tx, step_id)):
            acted.of(*effect)
    reach("K11")
