"""What the desk needs from outside, as Protocols.

Rule: only where two real implementations exist, or one can't run in a unit test.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from checkpoints.core.model import Json
from checkpoints.core.shown.message import Face, Message, Pin
from checkpoints.core.work.release import Deployed, Environment, Release, Report
from checkpoints.core.work.services.assumed import Role
from checkpoints.core.work.services.calls import Call, CallAnswer
from checkpoints.core.work.services.handing import Door, Grant, Handed, Restrictions
from checkpoints.core.work.services.made import Made
from checkpoints.core.work.stack import Applied, Binding, Planned


class Terraform(Protocol):
    """Plans a case's stack, and applies exactly the plan that was approved."""

    def plan(self, case: str, template: str, variables: Mapping[str, Json]) -> Planned:
        """Make a new plan, which replaces the case's earlier one. Changes nothing outside the case's folder.

        Raises Refused (name, template, variables or stack can't be taken) and Unavailable (try again).
        """
        ...

    def binding(self, case: str, template: str) -> Binding:
        """What the plan that lies in the case's folder now is bound to. Raises Refused when there is none."""
        ...

    def apply(self, case: str, expected: Binding) -> Applied:
        """Apply the plan that `expected` names, and no other.

        Raises Refused or Unavailable when nothing was changed, OutcomeUnknown when nobody can say.
        """
        ...


class Credentials(Protocol):
    """Where secrets lie. Nobody but a person puts one in, nobody but its user takes it out.

    All of it raises Unavailable (nothing was done: try again), and repeats neither a value nor a token.
    """

    @property
    def restricts(self) -> bool:
        """Whether it holds a user to networks by itself; else they are only written down."""
        ...

    @property
    def origin(self) -> str:
        """Where a person's browser finds it (https://vault.example.com:8200); empty where only this process does."""
        ...

    def audited(self) -> tuple[str, ...]:
        """Where it writes down by itself who reads what, by the names of its audit devices; none: it doesn't."""
        ...

    def door(self, path: str, lasts: timedelta) -> Door | None:
        """Where a person's side may write this path itself, once; None where only this process can (`put`)."""
        ...

    def put(self, path: str, values: Mapping[str, str]) -> None:
        """Keep the values under `path`, where nothing lies yet. Raises Refused when something does."""
        ...

    def names(self, path: str) -> tuple[str, ...]:
        """Which fields lie there, without their values. Raises Refused when nothing does."""
        ...

    def hand(self, grant: Grant) -> Handed:
        """The desk's side: what its user is handed, good for one opening. The desk itself reads no value by it."""
        ...

    def take(self, handed: Handed) -> Mapping[str, str]:
        """The user's side: the values. Raises Intercepted when it was opened before, or isn't what the vault made;
        Refused when nothing lies there, or the restrictions don't allow it from here."""
        ...

    def wrap(self, path: str, values: Mapping[str, str]) -> Handed:
        """The desk's side: values that lie nowhere, for whoever takes them, once, within a minute. `path` is where
        they come from. Raises Refused where nobody but this process could."""
        ...

    def opens(self, grant: Grant) -> None:
        """Whether its user could open it, wherever they sit. Raises Refused; no value comes back to the desk by it."""
        ...

    def close(self, id: UUID) -> None:
        """Whatever was granted for this credential opens nothing any more; nothing granted is no error."""
        ...

    def forget(self, path: str) -> None:
        """Remove what lies there; nothing there is no error."""
        ...

    def granted(self) -> Sequence[UUID]:
        """The credentials for which something is granted, or handed over and not opened yet."""
        ...

    def paths(self) -> Sequence[str]:
        """Every path of a case where something lies; what others keep elsewhere in it is not ours to list."""
        ...


class KeyMaker(Protocol):
    """A service's API by which the desk makes keys for a user there. It may make and drop keys, and no more.

    All of it raises Unavailable (nobody knows whether it was done: look) and Refused (never like this), and repeats
    no key.
    """

    @property
    def ready(self) -> bool:
        """Whether the desk has a login there."""
        ...

    def make(self, user: str) -> Made:
        """Another key of this user's."""
        ...

    def drop(self, user: str, id: str) -> None:
        """It is good for nothing any more; one that is not there is no error."""
        ...

    def made(self, user: str) -> Mapping[str, datetime]:
        """The user's keys by their ids, and when each was made (aware, UTC)."""
        ...


class Roles(Protocol):
    """A cloud's API by which the desk assumes roles. What it gets ends by itself, and can't be taken back before.

    Raises Unavailable (nothing was opened: try again once it is set right) and Refused, and repeats no key.
    """

    @property
    def ready(self) -> bool:
        """Whether the desk has a login there."""
        ...

    def assume(self, role: Role, named: str, held: Restrictions) -> Mapping[str, str]:
        """A key of this role's, its token with it. `named`: as its own record is to call it."""
        ...


class Services(Protocol):
    """Calls a service with a credential, in a process of its own that alone sees the value."""

    def call(self, case: str, ticket: UUID, call: Call) -> CallAnswer:
        """One call. Raises Refused when the ticket opens nothing, Unavailable when nothing was called."""
        ...


class Deployer(Protocol):
    """Builds a case's release, tries it out, and serves it: one release an environment at a time."""

    def build(self, case: str, folder: str) -> Release:
        """Identify the release in a folder of the client's repository by its digest, and keep it whole.

        Raises Refused for a folder that is none, has links, or is too large.
        """
        ...

    def kept(self, case: str, digest: str) -> Release:
        """The release as it is kept, read and hashed anew. Raises Refused when it is not there or was changed."""
        ...

    def test(self, case: str, digest: str) -> Report:
        """Run the release's own tests behind the fence; figures `ran` and `failed`. Raises Refused, Unavailable."""
        ...

    def scan(self, case: str, digest: str) -> Report:
        """Look for insecure code and secrets in it; figures `high`, `medium`, `low`, `secrets`."""
        ...

    def load(self, case: str, environment: Environment, users: int, seconds: int) -> Report:
        """Put load on what is served there; figures `requests`, `p95_ms`, `error_percent`."""
        ...

    def deploy(self, case: str, environment: Environment, digest: str, tickets: Sequence[UUID]) -> Deployed:
        """Start the release, hand it what the tickets open, and serve it once it is healthy; else nothing changes.

        Raises Refused or Unavailable when what was served before still is, OutcomeUnknown when nobody can say.
        """
        ...

    def current(self, case: str, environment: Environment) -> Deployed | None:
        """What is served there now, None when nothing is. Raises Unavailable."""
        ...

    def script(self, case: str, digest: str, name: str) -> bytes:
        """The text of one script of a kept release. Raises Refused when it is not there, or isn't what it was."""
        ...

    def migrate(self, case: str, environment: Environment, digest: str, script: str, dry: bool = False) -> Report:
        """Back up the environment's database, then run one script of the release in one transaction.

        The database keeps a list of the scripts that ran: one that is on it is not run again, and the report says so.
        `dry`: on a copy that is thrown away, after the release's scripts before it; nothing is changed or backed up.
        Figures: `tables` and for each table `rows NAME before`, `rows NAME after`; the backup's name and checksum.
        Raises Refused when nothing was changed, OutcomeUnknown when nobody can say.
        """
        ...

    def name_host(self, case: str, environment: Environment, host: str) -> None:
        """Serve the environment under this name as well, now or once something is served there; again is no error.

        Raises Refused when the name is another project's, Unavailable when nothing was changed.
        """
        ...

    def stop(self, case: str) -> None:
        """Serve nothing of this case any more. Raises Unavailable."""
        ...


class Channel(Protocol):
    """Tells people outside the desk. It only speaks: nothing that comes back by it decides anything."""

    def address(self, key: str) -> str:
        """What the message of this key will be called; one key, one address, at every try."""
        ...

    def post(self, message: Message) -> None:
        """Say it. Said before under its address, it is the same message again.

        Raises Unavailable when it wasn't said (try again), OutcomeUnknown when nobody can say (try the same again),
        Refused when it never will be, at that address.
        """
        ...


class Board(Protocol):
    """Where cards hang for people to read and to press: each stays, and changes as things move.

    All of it raises Unavailable (not done: try again; Busy says when, Doubtful that it may be done all the same),
    OutcomeUnknown (nobody can say: the same again finds out), Refused (never, there).
    """

    @property
    def pace(self) -> timedelta:
        """The least time between two messages at one place."""
        ...

    def hang(self, place: str, key: UUID, face: Face, maybe: bool = False) -> Pin:
        """A card in a channel or, by a user's id, with that person. `key` names it for good: one key, one card.

        `maybe`: an earlier try may have hung it, so it is looked for first; found, it shows `face`.
        """
        ...

    def change(self, pin: Pin, face: Face) -> None:
        """Shows this from now on, in place of what was there."""
        ...

    def say(self, pin: Pin, key: UUID, face: Face, maybe: bool = False) -> Pin:
        """In the thread of a card; `key` and `maybe` as above."""
        ...


class Files(Protocol):
    """Evidence, each file under its SHA-256."""

    def put(self, content: bytes) -> str:
        """Keep it; returns its SHA-256. Raises Refused when it is too large, Unavailable when it can't be kept."""
        ...

    def get(self, sha256: str) -> bytes:
        """The content, hashed anew. Raises Refused when it is not there or was changed."""
        ...
