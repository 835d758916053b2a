"""The desk receives: what was asked gets its requirement or the rule's decision; submissions become facts."""

from datetime import UTC
from decimal import Decimal

from sqlalchemy import Connection

from checkpoints.actions import ending, withdrawing
from checkpoints.core import sla
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, Refused
from checkpoints.core.lifecycle import Event, move
from checkpoints.core.model import Asker, Json, Porter, Request, Requirement, Rule
from checkpoints.core.policy import Kind, counted, missing_parts, policy
from checkpoints.core.view import Checkpoint
from checkpoints.store import audit, cases, checkpoints, decisions, runs
from checkpoints.store.desk import Desk
from checkpoints.store.documents import REQUEST, load
from checkpoints.store.notices import notice


def receive_next(desk: Desk) -> bool:
    """Receives one question, or one submission; False when there is nothing to receive."""
    return _receive_submission(desk) or _receive_asked(desk)


def _receive_asked(desk: Desk) -> bool:
    with desk.transaction() as tx:
        point = checkpoints.next_asked(tx)
        if point is None:
            return False
        try:
            kind = checked(desk, point)
        except Refused as wrong:
            _refuse(tx, point, str(wrong))
            return True
        cases.lock(tx, point.case_id)
        passed = decisions.passed_by_rule(tx, point.case_id, desk.matrix.window)
        request = point.request
        requirement = policy(kind, request.risks, request.reversible, request.cost, desk.matrix, passed)
        times = sla.times(request.priority, point.asked_at, request.answer_within, kind.expires_after)
        checkpoints.set_requirement(tx, point, requirement, times.deadline, desk.matrix.version)
        if requirement.by_rule:
            _pass(tx, desk, point, kind, requirement)
        else:
            _open(tx, point, requirement, times)
    return True


def checked(desk: Desk, point: Checkpoint) -> Kind:
    """The kind of a request that is fit to be shown. Raises Refused saying what is wrong with it."""
    request = point.request
    if not request.kind:
        raise Refused(f"the request can't be read: {point.because}")
    kind = desk.kinds.get(request.kind)
    if kind is None or request.kind != point.kind:
        raise Refused(f"there is no kind “{request.kind}” in the catalogue")
    if kind.asker not in ("any", request.agent):
        raise Refused(f"{kind.title} is asked by {kind.asker}, not by {request.agent}")
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


def _open(tx: Connection, point: Checkpoint, requirement: Requirement, times: sla.Times) -> None:
    checkpoints.set_state(tx, point, move(point.state, Event.RECEIVED, Porter()), expires_at=times.expires)
    body: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "subject": point.digest}
    body |= {"band": requirement.band, "roles": ", ".join(requirement.roles), "step_up": requirement.step_up}
    audit.append(tx, "opened", body | {"deadline": times.deadline.astimezone(UTC).isoformat()})
    notice(tx, point, "open")


def _pass(tx: Connection, desk: Desk, point: Checkpoint, kind: Kind, requirement: Requirement) -> None:
    rule = Rule(desk.matrix.version, desk.matrix.adopted_by)
    amount, _ = counted(point.request.cost, desk.matrix, Decimal(0))
    state = move(point.state, Event.PASSED, rule)
    checkpoints.set_state(tx, point, state)
    decisions.write_decision(tx, point, "approved", rule, {}, note=f"{requirement.band} a month", amount=amount)
    decisions.write_permit(tx, point, {}, kind.permit_lasts)
    body: dict[str, Json] = {"checkpoint": point.label, "revision": point.revision, "subject": point.digest}
    body |= {
        "rule": rule.version,
        "adopted_by": rule.adopted_by,
        "amount": str(amount),
        "band": requirement.band,
    }
    audit.append(tx, "approved by the rule", body)
    notice(tx, point, state)


def _receive_submission(desk: Desk) -> bool:
    """One submission; what it asks for may be refused, and then it says why."""
    with desk.transaction() as tx:
        submission = runs.next_submission(tx)
        if submission is None:
            return False
        run = runs.by_id(tx, submission.run_id)
        try:
            if run is None:
                raise Refused("no such run")
            with tx.begin_nested():
                _carry_out(tx, desk, run, submission)
        except Countersign as wrong:
            runs.received(tx, submission.id, str(wrong))
            audit.append(tx, "submission refused", {"verb": submission.verb, "why": str(wrong)[:2000]})
        else:
            runs.received(tx, submission.id)
    return True


def _carry_out(tx: Connection, desk: Desk, run: runs.Run, submission: runs.Submission) -> None:
    if submission.verb == "ended":
        return ending.end_case(tx, run, submission)
    point = checkpoints.by_id(tx, submission.checkpoint_id, lock=True) if submission.checkpoint_id else None
    if point is None or point.case_id != run.case_id or point.branch != run.branch:
        raise Refused("this checkpoint is not of the run's branch")
    why = str(submission.body.get("because", ""))
    if submission.verb == "revise":
        return _revise(tx, point, load(REQUEST, submission.body["request"]), submission.body["revision"])
    if submission.verb == "withdraw":
        return withdrawing.withdraw_in(tx, point, Asker(point.request.agent), why)
    if submission.verb == "void":
        return withdrawing.void_in(tx, point, Asker(point.request.agent), why)
    raise Refused(f"“{submission.verb}” is not carried out by this release")


def _revise(tx: Connection, point: Checkpoint, request: Request, revision: object) -> None:
    if revision != point.revision:
        raise Refused(f"{point.label} is at revision {point.revision}; this revises {revision}")
    if request.kind != point.kind:
        raise Refused("a revision can't change the kind")
    state = move(point.state, Event.REVISED, Asker(request.agent))
    named = digest(request.subject.parameters)
    number = checkpoints.add_revision(tx, point, request, named)
    checkpoints.set_state(tx, point, state, revision=number)
    audit.append(tx, "revised", {"checkpoint": point.label, "revision": number, "subject": named, "was": point.digest})
