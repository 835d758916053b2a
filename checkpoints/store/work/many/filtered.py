"""Checkpoints, and cases, by what they have in common: their kind, their client, their case's name."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, text

from checkpoints.core.lifecycle import State
from checkpoints.core.view import Case, Checkpoint
from checkpoints.store.cases import COLUMNS
from checkpoints.store.checkpoints import READ
from checkpoints.store.documents import checkpoint_of

# The first are found before anything is read of them. A question asked again is its last attempt.
FOUND = text(f"""{READ} where p.id = any(array(
        select p.id from desk.checkpoint p join desk.case_file c on c.id = p.case_id
        where p.state = any(:states) and (:kind = '' or p.kind = :kind)
            and not (:apart and p.flooded)
            and (:client = '' or lower(c.client) = lower(:client)) and c.slug like :slug escape '!'
            and not exists (select from desk.checkpoint later where later.case_id = p.case_id
                and later.branch = p.branch and later.question = p.question and later.attempt > p.attempt)
        order by p.deadline_at nulls last, p.asked_at limit :most))
    order by p.deadline_at nulls last, p.asked_at""")

CASES = text(f"""{COLUMNS}
    where c.state = 'running' and c.sort <> 'desk' and (:client = '' or lower(c.client) = lower(:client))
        and c.slug like :slug escape '!'
    order by c.slug limit :most""")


@dataclass(frozen=True)
class Filter:
    """What all have in common; empty parts say nothing. `case` is a pattern: * is anything, ? one letter."""

    kind: str = ""
    client: str = ""
    case: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.kind or self.client or self.case)


def found(tx: Connection, by: Filter, states: Collection[State], most: int, *, apart: bool = False) -> list[Checkpoint]:
    """In these states, the most urgent first. `apart`: without what is in a flood."""
    values: dict[str, object] = {"kind": by.kind, "client": by.client, "slug": _like(by.case or "*"), "apart": apart}
    values |= {"states": list(states), "most": most}
    return [checkpoint_of(document) for document in tx.execute(FOUND, values).scalars()]


def cases(tx: Connection, by: Filter, most: int) -> list[Case]:
    """Projects at work with this client and name, by name; what it says of a kind doesn't count."""
    values: dict[str, object] = {"client": by.client, "slug": _like(by.case or "*"), "most": most}
    return [Case(*row) for row in tx.execute(CASES, values)]


def _like(pattern: str) -> str:
    """A pattern of the shell's as one of SQL's."""
    quoted = "".join(f"!{letter}" if letter in "!%_" else letter for letter in pattern)
    return quoted.replace("*", "%").replace("?", "_")
