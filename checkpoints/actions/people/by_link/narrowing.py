"""What a link gives its person: the answer of a client to one question as it was, once, and nothing else.

Rule: looked at in the deciding transaction, with the question locked; a link never gives more than its person has.
"""

from dataclasses import replace

from sqlalchemy import Connection

from checkpoints.core.errors import IllegalMove, NotFound
from checkpoints.core.model import Person, Role
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.standing import Standing
from checkpoints.store.secret import links
from checkpoints.store.secret.links import Link

CHANGED = "This was changed after the link was made. Nothing was recorded. A mail with a new link comes by itself."
USED = "You have answered by this link, and it counts once. Nothing more was recorded."
NOT_YOURS = "There is nothing like that at this link. Nothing was recorded."


def narrowed(tx: Connection, person: Person, point: Checkpoint, standing: Standing) -> Standing:
    """Their standing as far as their link gives it. Raises NotFound for another question, IllegalMove."""
    link = links.by_id(tx, person.proof)
    if link is None or link.checkpoint_id != point.id:
        raise NotFound(NOT_YOURS)
    if link.answered:
        raise IllegalMove(USED)
    if not link.names(point):
        raise IllegalMove(CHANGED)
    return given_by(link, standing)


def given_by(link: Link, standing: Standing) -> Standing:
    """As a client alone, whatever other roles they have. Their factor is a code to their second address."""
    clients = standing.roles & {Role.CLIENT}
    limited = tuple(grant for grant in standing.limited if grant.role is Role.CLIENT)
    has_second = link.second_email is not None
    return replace(standing, roles=clients, limited=limited, enrolled=has_second, second_hand=bool(link.made_by))
