"""Junk is counted: of what can't be read as what belongs there nobody can say who tried what by it.

Rule: a count a day is all that is kept; whoever sends it without end fills nothing.
"""

from checkpoints.store.desk import Desk
from checkpoints.store.secret import passwords

JUNK = "junk"


def junk(desk: Desk) -> None:
    """One more came today."""
    with desk.transaction() as tx:
        passwords.count(tx, JUNK)
