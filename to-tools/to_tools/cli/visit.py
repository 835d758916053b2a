"""One call of the shell: the desk and the person, each only when a command needs it, and what was tried.

Rule: nothing heavy is imported before it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from checkpoints.core.errors import (
    Countersign,
    IllegalMove,
    NotYourCall,
    Refused,
    Unavailable,
    Unread,
)
from checkpoints.core.shown.showing import visible
from checkpoints.core.view import named

if TYPE_CHECKING:
    from checkpoints.actions.reading import Shown
    from checkpoints.core.model import Person
    from checkpoints.settings import Settings
    from checkpoints.store.desk import Desk

EXIT_CODES: dict[type[Countersign], int] = {
    Refused: 3,
    NotYourCall: 4,
    IllegalMove: 5,
    Unavailable: 6,
}
"""Of each, and of whatever is one. Beside them: 0 done, 1 unexpected or called off, 2 typed wrong."""

READS_ONLY = "This token only reads. Nothing was recorded. Sign in with another one: countersign sign-in --token-stdin"
NOT_SIGNED_IN = "You are not signed in here. Sign in with a token of yours: countersign sign-in --token-stdin"


def exit_code(no: Countersign) -> int:
    """What a refusal ends the command with."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(no, kind)), 1)


class Visit:
    """What the commands share. `tried`, the verb and the checkpoint, goes into the audit with a refusal."""

    def __init__(self) -> None:
        self.tried: tuple[str, str] | None = None
        self.quickly = False

    @cached_property
    def settings(self) -> Settings:
        """Raises Refused when a setting makes no sense."""
        from pydantic import ValidationError

        from checkpoints.settings import Settings

        try:
            return Settings()
        except ValidationError as wrong:
            told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors(include_input=False)]
            raise Refused("\n".join(["A setting (COUNTERSIGN_…) makes no sense.", *told])) from None

    @cached_property
    def rules(self) -> Desk:
        """The desk with its catalogue and matrix; the database need not run."""
        from checkpoints import wiring

        return wiring.desk("desk", self.settings, need=("files",))

    @cached_property
    def desk(self) -> Desk:
        """The desk, its database reached. Raises Unavailable."""
        from sqlalchemy.exc import OperationalError

        try:
            self.rules.engine.connect().close()
        except OperationalError as wrong:
            if self.settings.embedded and not self._postgres_runs():
                raise Unavailable("The desk is not running. Start it with: make up") from wrong
            why = str(wrong.orig).strip().splitlines()[-1]
            raise Unavailable(f"The database does not answer: {why}. Nothing was changed; try again.") from wrong
        return self.rules

    def _postgres_runs(self) -> bool:
        """It may be there and take nobody: then the desk is not down, and who asks must hear what is wrong."""
        from to_tools.up import postmaster

        return postmaster.running(self.settings.home / "postgres") is not None

    @property
    def person(self) -> Person:
        """Who is signed in here, to do something. Raises NotYourCall, also with a token that only reads."""
        if self.reader.scope != "all":
            raise NotYourCall(READS_ONLY)
        return self.reader

    @cached_property
    def reader(self) -> Person:
        """Who is signed in here, to look. Raises NotYourCall."""
        from to_tools import identity
        from to_tools.cli.who.signed_in import kept_token

        desk, token = self.desk, kept_token(self.settings)
        if not token:
            raise NotYourCall(NOT_SIGNED_IN)
        try:
            person = identity.verify(desk, token)
        except NotYourCall:
            raise NotYourCall(f"The token kept here is no longer good. {NOT_SIGNED_IN}") from None
        if person.way != "shell":
            raise NotYourCall(f"This token is a {person.way}'s, not the shell's. {NOT_SIGNED_IN}")
        return person

    @contextmanager
    def trying(self, verb: str, about: str, *, quickly: bool = False) -> Iterator[None]:
        """A refusal in here is written into the audit; `quickly`: by the porter, for junk isn't worth the database."""
        self.tried, self.quickly = (verb, about), quickly
        yield
        self.tried = None

    def shown(self, id: str, verb: str = "look") -> Shown:
        """A checkpoint by what the person typed, for this verb. Raises Refused, NotYourCall when nobody is signed in.

        Whoever only looks, and finds none, is not written down.
        """
        from checkpoints.actions import reading

        label = self.label(id, verb)
        if verb == "look":
            return reading.show(self.read(), label)
        with self.trying(verb, label):
            return reading.show(self.read(), label)

    def was_shown(self, shown: Shown) -> None:
        """Its card is on this terminal: from now on they could read it."""
        from checkpoints.actions.people import attending

        attending.shown(self.desk, self.reader, (shown.point,))

    def read(self) -> Desk:
        """The desk, once it is known who reads. Raises NotYourCall, Unavailable."""
        desk, _ = self.desk, self.reader
        return desk

    def label(self, id: str, verb: str = "look") -> str:
        """`case/number`; a bare number means the only project that runs, or that there is.

        Raises Refused, for what can't be a label (NoName) before anything is looked up; whoever wanted more than to
        look is written down then too.
        """
        if verb == "look":
            return self._label(id)
        with self.trying(verb, id):
            return self._label(id)

    def _label(self, id: str) -> str:
        if not (id.isascii() and id.isdigit()):
            named(id)
            return id
        from checkpoints.actions import reading

        projects = reading.projects(self.read())
        running = [case.slug for case in projects if case.state == "running"] or [case.slug for case in projects]
        if len(running) != 1:
            examples = ", ".join(f"{slug}/{id}" for slug in running[:5])
            raise Refused(f"Which project's {id}? Say it with the project: {examples or 'read-later-digest/3'}")
        return f"{running[0]}/{id}"

    def refused(self, no: Countersign) -> tuple[str, int]:
        """What to say to a refusal, and the exit code. A refused try is written into the audit."""
        said = visible(str(no))
        if self.tried and not isinstance(no, Unavailable):
            try:
                (self._write_down if self.quickly else self._record)(no, *self.tried)
            except Countersign:
                said += "\nThe audit could not be written either: nobody will read of this try."
        return said, exit_code(no)

    def _write_down(self, no: Countersign, verb: str, about: str) -> None:
        """Who it was is known to the database alone. Raises Unavailable."""
        from datetime import UTC, datetime

        from checkpoints.store.from_outside import shell_log

        reason = no.reason if isinstance(no, Unread) else "refused"
        try:
            shell_log.write(self.settings.home, f"{about}: {reason}; at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC there")
        except OSError as wrong:
            raise Unavailable(f"{wrong.strerror}") from wrong

    def _record(self, no: Countersign, verb: str, about: str) -> None:
        """Whoever is not signed in is nobody: strangers would fill the audit. What they type in vain is counted."""
        from checkpoints.actions.audit import counting, recording

        try:
            who = self.reader.name
        except NotYourCall:
            if isinstance(no, Refused):
                counting.junk(self.desk)
        else:
            recording.refused(self.desk, who, verb, about, no)
