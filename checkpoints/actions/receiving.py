"""The desk receives: what was asked gets its requirement or the rule's decision; submissions become facts."""

import logging
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from checkpoints.actions import withdrawing
from checkpoints.actions.courses import ending, starting
from checkpoints.actions.own.rules import ruling
from checkpoints.actions.people.told import calling
from checkpoints.core.clock import flood, sla
from checkpoints.core.clock.ladder import Rung
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.core.fields import filled_by_defaults
from checkpoints.core.lifecycle import Event, Permit, move
from checkpoints.core.model import Asker, Json, Porter, Priority, Requirement, Rule
from checkpoints.core.policy import Kind, counted, missing_parts, required
from checkpoints.core.view import OWN, Checkpoint
from checkpoints.core.work.services import stolen
from checkpoints.seeing.failpoints import reach
from checkpoints.seeing.moments import moment
from checkpoints.store import audit, cases, checkpoints, decisions, runs
from checkpoints.store.desk import Desk
from checkpoints.store.documents import Ended, Revised, Started, TakenBack, load
from checkpoints.store.secret.opened import alarms
from checkpoints.store.work import rungs, submissions
from checkpoints.store.work.many import floods
from checkpoints.store.work.notices import notice, notice_flood
from checkpoints.store.work.submissions import Submission

log = logging.getLogger(__name__)


def receive_next(desk: Desk) -> bool:
    """Receives one question and one submission, in turns; False when there is nothing to receive."""
    submission, asked = _receive_submission(desk), _receive_asked(desk)
    return submission or asked


def _receive_asked(desk: Desk) -> bool:
    """One question; whatever is in it, it leaves `asked`: a bad row must not keep back the others."""
    with moment("received") as received, desk.transaction() as tx:
        point = checkpoints.next_asked(tx)
        if point is None:
            return False
        received.of(point, revision=str(point.revision))
        cases.lock(tx, point.case_id)
        try:
            with tx.begin_nested():
                _judge(tx, desk, point)
        except Exception as wrong:
            if _may_pass(wrong):
                raise
            _refuse(tx, point, _why(wrong))
        if point.run_id is not None:
            starting.free(tx, point.run_id)
    reach("K1")
    return True


def _judge(tx: Connection, desk: Desk, point: Checkpoint) -> None:
    kind = checked(desk, point)
    asked_before = floods.asked(tx, point.case_id, desk.limits.window)
    if (why := flood.over(desk.limits, asked_before)) and not _must_be_asked(tx, point):
        raise Refused(why)
    desk = ruling.in_force(tx, desk)
    passed = decisions.passed_by_rule(tx, point.case_id, desk.matrix.window)
    requirement = required(kind, point.request, desk.matrix, passed)
    if requirement.by_rule:
        _pass(tx, desk, point, kind, requirement, Rule(desk.matrix.version, desk.matrix.adopted_by))
    elif used := ruling.pre_approved(tx, desk, point, kind, requirement):
        _pass(tx, desk, point, kind, *used)
    else:
        together = flood.floods(desk.limits, asked_before)
        _open(tx, desk, replace(point, requirement=requirement), requirement, kind, together)


def _must_be_asked(tx: Connection, point: Checkpoint) -> bool:
    """What a person wants asked again, what became of an effect of which nobody knows, and what comes of an alarm: no
    limit keeps it back."""
    about = checkpoints.by_id(tx, point.request.about) if point.request.about else None
    if point.reopens is not None or about is None or about.case_id != point.case_id:
        return point.reopens is not None
    if point.question.startswith(stolen.question_of(about)):
        return alarms.was_read_first(tx, about.id)
    return point.kind == "reconcile" and about.permit is Permit.UNKNOWN


def _may_pass(wrong: Exception) -> bool:
    """The database's trouble, not the row's: to be received again."""
    lasting = isinstance(wrong, DataError | IntegrityError)
    return isinstance(wrong, Unavailable) or (isinstance(wrong, DBAPIError) and not lasting)


def _why(wrong: Exception) -> str:
    if isinstance(wrong, Countersign):
        return str(wrong)
    log.error("could not be received", exc_info=wrong)
    return f"the desk can't take it as it is ({type(wrong).__name__})"


def checked(desk: Desk, point: Checkpoint) -> Kind:
    """The kind of a request that is fit to be shown. Raises Refused saying what is wrong with it."""
    request = point.request
    if not request.kind:
        raise Refused(f"the request can't be read: {point.because}")
    kind = desk.kinds.get(request.kind)
    if kind is None or request.kind != point.kind:
        raise Refused(f"there is no kind “{request.kind}” in the catalogue")
    # One from outside asks in its own name, and only the kinds that its token is for: the database saw to that.
    if kind.asker not in ("any", request.agent) and not point.from_outside:
        raise Refused(f"{kind.title} is asked by {kind.asker}, not by {request.agent}")
    if point.own != (kind.asker == OWN):
        # Any run can write that name: who may decide is asked by the desk, in its own case, and nowhere else.
        raise Refused(f"{kind.title} can't be asked in {point.case}")
    if digest(request.subject.parameters) != point.digest:
        raise Refused("the digest is not that of the subject")
    missing = missing_parts(kind, tuple(fact.label for fact in request.facts), request.fields)
    if missing:
        raise Refused("the request lacks " + ", ".join(missing))
    return kind


def _refuse(tx: Connection, point: Checkpoint, why: str) -> None:
    checkpoints.set_state(tx, point, move(point.state, Event.REFUSED, Porter()), because=f"refused by the desk: {why}")
    audit.append(tx, "refused by the desk", {"checkpoint": point.label, "revision": point.revision, "why": why[:2000]})
    notice(tx, point, "refused")


def _open(tx: Connection, desk: Desk, point: Checkpoint, requirement: Requirement, kind: Kind, together: bool) -> None:
    request, seen = point.request, calling.see(tx, point)
    # What is urgent waits for no calendar to be read.
    clocks = () if request.priority is Priority.CRITICAL else calling.clocks(tx, desk, point, seen)
    times = sla.times(request.priority, point.changed_at, request.answer_within, kind.expires_after, clocks)
    checkpoints.set_requirement(tx, point, requirement, times.deadline, desk.matrix.version)
    checkpoints.set_state(tx, point, move(point.state, Event.RECEIVED, Porter()), expires_at=times.expires)
    rungs.lay(tx, point, {Rung.REMINDER: times.remind, Rung.BACKUP: times.deadline, Rung.MANAGER: times.manager})
    body: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "subject": point.digest}
    body |= {"band": requirement.band, "roles": ", ".join(requirement.roles), "step_up": requirement.step_up}
    body |= {"rule": desk.matrix.version, "adopted_by": desk.matrix.adopted_by}
    body |= {"deadline": times.deadline.astimezone(UTC).isoformat()}
    if gone := calling.away(seen):
        body["away"] = gone
    if together:
        body["told"] = "in a digest"
    audit.append(tx, "opened", body)
    if together or point.revision > 1:
        floods.mark(tx, point, together)
    notice_flood(tx, point) if together else notice(tx, point, "open")


def _pass(tx: Connection, desk: Desk, point: Checkpoint, kind: Kind, requirement: Requirement, rule: Rule) -> None:
    request = point.request
    times = sla.times(request.priority, point.changed_at, request.answer_within, kind.expires_after)
    checkpoints.set_requirement(tx, point, requirement, times.deadline, rule.version)
    filled = filled_by_defaults(request.fields) or {}
    amount, _ = counted(request.cost, desk.matrix, Decimal(0))
    state = move(point.state, Event.PASSED, rule)
    checkpoints.set_state(tx, point, state)
    decisions.write_decision(tx, point, "approved", rule, filled, note=f"{requirement.band} a month", amount=amount)
    decisions.write_permit(tx, point, filled, kind.permit_lasts)
    body: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "subject": point.digest}
    body |= {
        "rule": rule.version,
        "adopted_by": rule.adopted_by,
        "amount": str(amount),
        "band": requirement.band,
        "fields": dict(filled),
    }
    audit.append(tx, "approved by the rule", body)
    notice(tx, point, state)


def _receive_submission(desk: Desk) -> bool:
    """One submission; what it asks for may be refused, and then it says why."""
    with desk.transaction() as tx:
        submission = submissions.next_submission(tx)
        if submission is None:
            return False
        why = None
        try:
            with tx.begin_nested():
                _carry_out(tx, desk, submission)
        except Exception as wrong:
            if _may_pass(wrong):
                raise
            why = _why(wrong)[:2000]
            body: dict[str, Json] = {"verb": submission.verb, "run": str(submission.run_id), "why": why}
            audit.append(tx, "submission refused", body)
            # It may sleep by now, and what it waits for won't come.
            starting.wake(tx, submission.run_id)
        submissions.received(tx, submission.id, why)
    return True


def _carry_out(tx: Connection, desk: Desk, submission: Submission) -> None:
    run = runs.by_id(tx, submission.run_id)
    if run is None:
        raise Refused("there is no such run")
    if submission.verb == "ended":
        return ending.end_run(tx, run, load(Ended, submission.body), desk.kinds)
    if submission.verb == "start":
        return starting.start_branches(tx, run, desk.kinds, load(Started, submission.body).branches)
    point = checkpoints.held(tx, submission.checkpoint_id) if submission.checkpoint_id else None
    if point is None or (point.case_id, point.branch) != (run.case_id, run.branch):
        raise Refused("this checkpoint is not of the run's branch")
    if submission.verb == "revise":
        return _revise(tx, point, load(Revised, submission.body))
    carry_out = {"withdraw": withdrawing.withdraw_in, "void": withdrawing.void_in}.get(submission.verb)
    if carry_out is None:
        raise Refused(f"“{submission.verb}” is not carried out by this release")
    taken = load(TakenBack, submission.body)
    _check_revision(point, taken.revision)
    return carry_out(tx, point, Asker(point.request.agent), taken.because)


def _check_revision(point: Checkpoint, revision: int) -> None:
    if revision != point.revision:
        raise Refused(f"{point.label} is at revision {point.revision}; this is about revision {revision}")


def _revise(tx: Connection, point: Checkpoint, revised: Revised) -> None:
    _check_revision(point, revised.revision)
    request = revised.request
    if request.kind != point.kind:
        raise Refused("a revision can't change the kind")
    state = move(point.state, Event.REVISED, Asker(request.agent))
    named = digest(request.subject.parameters)
    number = checkpoints.add_revision(tx, point, request, named)
    checkpoints.set_state(tx, point, state, revision=number)
    audit.append(tx, "revised", {"checkpoint": point.label, "revision": number, "subject": named, "was": point.digest})
