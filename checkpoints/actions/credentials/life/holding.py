"""Finds the credential that somebody wants to change, and holds it; or refuses in the same words everywhere."""

from sqlalchemy import Connection

from checkpoints.actions import finding
from checkpoints.core.authority import could_approve
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.model import Person
from checkpoints.core.shown.story import when
from checkpoints.core.view import Checkpoint
from checkpoints.store import people
from checkpoints.store.secret import lives
from checkpoints.store.secret.lives import Life


def held(tx: Connection, person: Person, label: str, verb: str) -> tuple[Checkpoint, Life]:
    """The checkpoint and its credential, both locked, for whoever could approve that now, with their second factor.

    Raises NotFound, NotYourCall, NeedsFactor, Refused where none was given.
    """
    point = finding.locked(tx, finding.labelled(tx, label).id)
    could_approve(point, person, people.standing(tx, person), f"{verb} the credential of {point.label}")
    life = lives.held(tx, point.id)
    if life is None:
        raise Refused(f"No credential was given with {point.label}. Nothing was changed.")
    return point, life


def living(tx: Connection, person: Person, label: str, verb: str) -> tuple[Checkpoint, Life]:
    """The same of one that has not ended. Raises IllegalMove too."""
    point, life = held(tx, person, label, verb)
    if life.ended_at is not None:
        raise IllegalMove(
            f"The credential of {label} ended at {when(life.ended_at)}: {life.ended_because}. Nothing was changed. "
            f"What is still needed is asked anew: countersign credential reissue {label}"
        )
    return point, life
