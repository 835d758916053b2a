"""The rules in force at this moment, for whoever receives a question: the matrix, and the pre-approvals."""

import logging
from dataclasses import replace

from sqlalchemy import Connection

from checkpoints.core.errors import Refused
from checkpoints.core.model import Requirement, Rule
from checkpoints.core.policy import Kind
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.rules.pre_approval import fits, may_pass
from checkpoints.store.desk import Desk
from checkpoints.store.work.rules import pre_approvals, versions

log = logging.getLogger(__name__)


def in_force(tx: Connection, desk: Desk) -> Desk:
    """The desk with the matrix that people adopted last; as it is while they adopted none.

    One that can't be read passes nothing: whatever has a price waits for everybody whom the strictest band names.
    """
    kept = versions.last(tx)
    if kept is None:
        return desk
    try:
        matrix = kept.matrix
    except Refused as wrong:
        log.error("the rule in force can't be read, so nothing passes by it: %s", wrong)
        matrix = desk.matrix.unread(kept.version, kept.adopted_by)
    return replace(desk, matrix=matrix)


def pre_approved(
    tx: Connection, desk: Desk, point: Checkpoint, kind: Kind, wanted: Requirement
) -> tuple[Requirement, Rule] | None:
    """One use of a pre-approval that fits, counted in this transaction, instead of the people who are `wanted`."""
    if not (desk.matrix.readable and may_pass(kind, point.request)):
        return None
    for found in pre_approvals.fitting(tx, point):
        if not fits(found.terms, point.request, desk.matrix):
            continue
        # What held a moment ago may be used up or revoked by now: it counts as it is under its lock.
        if held := pre_approvals.take(tx, found):
            pre_approvals.use(tx, held, point.id)
            passes = replace(wanted, roles=(), by_rule=True, ordered=False, step_up=False, because=(held.next_use,))
            return passes, Rule(held.next_use, held.adopted_by)
    return None
