"""What a channel says to one person: values alone, so that whoever only names them loads nothing else."""

from dataclasses import dataclass
from datetime import datetime

from checkpoints.core.model import Json


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


@dataclass(frozen=True)
class Face:
    """What a card shows on a board: `blocks` in the board's own form, `plain` for notices and who can't see them."""

    plain: str
    blocks: tuple[dict[str, Json], ...]


@dataclass(frozen=True)
class Pin:
    """Where a card hangs: the board's names of the channel and, within it, of the message."""

    channel: str
    ts: str
