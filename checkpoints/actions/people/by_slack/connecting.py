"""The desk speaks in a Slack workspace, or no more, and in which channel of it a project's cards hang.

Rule: a technical operator says so, with their factor; its tokens are a file's, and never come here.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from checkpoints.core.authority import decides_for
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Json, Person, Role
from checkpoints.store import audit, cases, people
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.slack import accounts, workspace
from checkpoints.store.from_outside.slack.workspace import Workspace
from checkpoints.store.work.notices import nudge_everybody

ABOUT = "Connecting Slack"
NOT_CONNECTED = "This desk is not connected to Slack. Nothing was changed."


@dataclass(frozen=True)
class Connected:
    """Where the desk speaks, how many people answer from there, and the channels that projects have of their own."""

    workspace: Workspace
    linked: int
    channels: tuple[str, ...]


def may(desk: Desk, by: Person) -> None:
    """Asked before anybody types a token. Raises NotYourCall, NeedsFactor."""
    with desk.transaction() as tx:
        _may(tx, by)


def connect(desk: Desk, by: Person, found: Workspace) -> None:
    """From now on it speaks there; whoever was linked in another workspace is linked no more. Raises as `may` does."""
    with desk.transaction() as tx:
        _may(tx, by)
        _connect(tx, found, by.name)


def set_up(desk: Desk, found: Workspace) -> bool:
    """The same for whoever starts the desk on its machine. False where it speaks there already."""
    with desk.transaction() as tx:
        if workspace.workspace(tx) == found:
            return False
        _connect(tx, found, "the set-up")
        return True


def disconnect(desk: Desk, by: Person) -> str:
    """The workspace's name; the desk speaks in none any more. Whoever is linked stays so, for when it does again.

    Raises IllegalMove where it spoke in none, and as `may` does.
    """
    with desk.transaction() as tx:
        _may(tx, by)
        found = workspace.workspace(tx)
        if found is None:
            raise IllegalMove(NOT_CONNECTED)
        workspace.forget(tx)
        audit.append(tx, "Slack disconnected", _line(found, by.name))
        return found.name


def set_channel(desk: Desk, by: Person, slug: str, channel: str | None) -> str:
    """The project, whose cards hang there from now on; None: where the settings say.

    Raises NotYourCall unless a technical operator of this project says so; Refused without Slack or such a project.
    """
    with desk.transaction() as tx:
        decides_for(people.standing(tx, by), (Role.TO,), False, "Choosing a project's channel", case=slug)
        if workspace.workspace(tx) is None:
            raise Refused(NOT_CONNECTED)
        case = cases.project(tx, slug)
        if case is None:
            raise Refused(f"There is no project {clean(slug)}. Nothing was changed. See: countersign project list")
        workspace.set_channel(tx, case.id, channel)
        audit.append(tx, "Slack channel set", {"case": case.slug, "channel": channel or "", "by": by.name})
        nudge_everybody(tx)
        return case.slug


def connected(desk: Desk) -> Connected | None:
    """None while it speaks in no Slack."""
    with desk.transaction() as tx:
        found = workspace.workspace(tx)
        return Connected(found, len(accounts.everybody(tx)), workspace.channels(tx)) if found else None


def _may(tx: Connection, by: Person) -> None:
    standing = people.standing(tx, by)
    # Whoever has the tokens says in the desk's name what people read and press.
    decides_for(standing, (Role.TO,), standing.enrolled, ABOUT)


def _connect(tx: Connection, found: Workspace, by: str) -> None:
    workspace.connect(tx, found)
    for one in accounts.end_elsewhere(tx, found.team_id):
        if people.end_token(tx, one.proof):
            body: dict[str, Json] = {"person": str(one.person_id), "name": one.name, "slack": one.user_id, "by": by}
            audit.append(tx, "Slack account unlinked", body)
    audit.append(tx, "Slack connected", _line(found, by))
    nudge_everybody(tx)


def _line(found: Workspace, by: str) -> dict[str, Json]:
    return {"workspace": found.name, "team": found.team_id, "by": by}
