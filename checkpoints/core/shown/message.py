"""What a channel says to one person: values alone, so that whoever only names them loads nothing else."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Letter:
    """What is said, twice: `plain` for every reader, `html` for those who prefer it."""

    subject: str
    plain: str
    html: str


@dataclass(frozen=True)
class Message:
    """A letter to one person. `address` names it for good; `follows` are those before it in its thread, oldest first.

    `to` is where the channel reaches `name`; `at` is when it was decided to say this, and the same at every try.
    """

    address: str
    to: str
    name: str
    letter: Letter
    at: datetime
    follows: tuple[str, ...] = ()
