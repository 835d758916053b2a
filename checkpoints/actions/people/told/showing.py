"""A card hangs with somebody who wants to see it, asked or not: the same that they would have been told by.

Rule: what they may do with it is looked at when they press; that they have it gives nobody a right.
"""

from dataclasses import replace
from uuid import UUID

from checkpoints.actions import finding
from checkpoints.actions.people.told import noting, posting
from checkpoints.actions.people.told.facing import Sight
from checkpoints.core.errors import IllegalMove, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person
from checkpoints.core.shown.story import how_it_stands
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.slack import cards

ALMOST = "Its card is being hung with you. Nothing was recorded. Look there in a moment."


def show(desk: Desk, id: UUID, person: Person, user_id: str) -> None:
    """When it returns, the card of the present revision hangs with them.

    Raises IllegalMove for what isn't open (any more), Unavailable.
    """
    if desk.board is None:
        raise Unavailable("This process hangs no cards. Nothing was recorded. Look at it on the page.")
    with desk.transaction() as tx:
        point = finding.again(tx, id)
        if point.state is not State.OPEN:
            raise IllegalMove(f"{how_it_stands(point)} Nothing was recorded.")
        theirs = [one for one in cards.of(tx, id) if (one.place, one.revision) == (user_id, point.revision)]
        if any(one.state == "hangs" for one in theirs):
            return
        if any(one.state == "sending" for one in theirs):
            raise Unavailable(ALMOST)
        row = cards.begin(tx, id, point.revision, user_id, person.id)
        if row is None:
            raise Unavailable(ALMOST)
        sight = Sight(point, desk.kinds.get(point.kind), f"{desk.page_url}/checkpoints/{point.label}")
        # Known not to hang: nobody needs to look for it.
        hung = posting.hang(desk.board, sight, user_id, replace(row, state="failed")).begin(tx)
    if hung is not None:
        noting.carry(desk, hung)
