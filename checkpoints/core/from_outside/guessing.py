"""How long whoever guesses has to wait: the same rule for a code and for a password, counted a person."""

from datetime import datetime, timedelta

FREE_TRIES = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)


def waits_until(wrong: int, last: datetime | None) -> datetime | None:
    """From when on the next try is looked at: from the fifth wrong one in a row on, each time twice as long."""
    if wrong < FREE_TRIES or last is None:
        return None
    wait: timedelta = FIRST_WAIT * 2 ** min(wrong - FREE_TRIES, 12)
    return last + min(wait, LONGEST_WAIT)
