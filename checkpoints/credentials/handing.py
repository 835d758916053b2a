"""What an agent from outside is handed, asked of the sandbox process: whoever speaks to the agent has no vault itself.

Rule: what passes is good for one opening, within a minute; a value never passes here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from checkpoints.core.errors import OutcomeUnknown, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.work.services.handing import Handed
from checkpoints.fence import wire
from checkpoints.fence.wire import Verb

SECONDS = 20.0
NOBODY = "The sandbox doesn't answer, and it alone opens the vault. Nothing was opened: `countersign up` starts it."
LOST = "The sandbox was lost while it worked. Open it again, by another ticket."

Hand: TypeAlias = Callable[[UUID, str, str], Handed]
"""Of a ticket, a case and where the agent's call came from. Raises Refused, Unavailable."""
Alarm: TypeAlias = Callable[[UUID, str, str], None]
"""Of a ticket, its case and what went wrong when what was handed over was opened."""


@dataclass(frozen=True)
class Window:
    """Asks the sandbox process, which listens on `path` (`<run>/sandbox.sock`)."""

    path: Path

    def hand(self, case: str, ticket: UUID, came_from: str) -> Handed:
        """For the agent that has this ticket of purpose `agent`, once. `came_from`: its address, for the record.

        Raises Refused (it opens nothing, or this desk's vault can't be reached from another machine), Unavailable
        (nothing was handed over: open it again).
        """
        told = self._ask("hand", {"case": case, "ticket": str(ticket), "came_from": came_from})
        path, token, made_at, role = (str(told.get(name, "")) for name in ("path", "token", "made_at", "role"))
        return Handed(path, token, made_at, role)

    def alarm(self, case: str, ticket: UUID, why: str) -> None:
        """The agent could not open what it was handed, so that somebody else may have: nothing opens it any more.

        Said twice, it is the same alarm. Raises Refused for no ticket of this case, Unavailable (say it again).
        """
        self._ask("alarm", {"case": case, "ticket": str(ticket), "why": why})

    def _ask(self, verb: str, words: Mapping[str, Json]) -> Mapping[str, Json]:
        try:
            return wire.ask(self.path, verb, words, SECONDS, nobody=NOBODY, lost=LOST)
        except OutcomeUnknown as lost:
            raise Unavailable(str(lost)) from lost


def verbs(hand: Hand, alarm: Alarm) -> dict[str, Verb]:
    """The sandbox's side. Each raises KeyError or ValueError for words that make no sense."""

    def handed(words: Mapping[str, Json]) -> Mapping[str, Json]:
        made = hand(UUID(str(words["ticket"])), str(words["case"]), str(words["came_from"]))
        return {"path": made.path, "token": made.token, "made_at": made.made_at, "role": made.role}

    def alarmed(words: Mapping[str, Json]) -> Mapping[str, Json]:
        alarm(UUID(str(words["ticket"])), str(words["case"]), str(words["why"]))
        return {}

    return {"hand": handed, "alarm": alarmed}
