"""Rows of the one Slack workspace that the desk speaks in, and of the channels in it that cases have."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

FOUND = text("select team_id, name, bot_user_id from desk.slack_workspace")
FORGET = text("delete from desk.slack_workspace")
CONNECT = text("""
    insert into desk.slack_workspace (team_id, name, bot_user_id, connected_at)
    values (:team_id, :name, :bot_user_id, desk.desk_now())""")
CHANNEL = text("select channel from desk.slack_channel where case_id = :case")
CHANNELS = text("select distinct channel from desk.slack_channel order by channel")
SET_CHANNEL = text("""
    insert into desk.slack_channel (case_id, channel, set_at) values (:case, :channel, desk.desk_now())
    on conflict (case_id) do update set channel = excluded.channel, set_at = excluded.set_at""")
NO_CHANNEL = text("delete from desk.slack_channel where case_id = :case")


@dataclass(frozen=True)
class Workspace:
    """As Slack names it, and the user there that the desk is."""

    team_id: str
    name: str
    bot_user_id: str


def workspace(tx: Connection) -> Workspace | None:
    """None while the desk speaks in none."""
    row = tx.execute(FOUND).one_or_none()
    return Workspace(**row._mapping) if row else None


def connect(tx: Connection, workspace: Workspace) -> None:
    """From now on it speaks there, and in no other."""
    tx.execute(FORGET)
    tx.execute(CONNECT, vars(workspace))


def forget(tx: Connection) -> bool:
    """It speaks in none any more. False when it did not before."""
    return tx.execute(FORGET).rowcount == 1


def channel_of(tx: Connection, case: UUID) -> str | None:
    """A case's own channel; None: it has none."""
    found: str | None = tx.execute(CHANNEL, {"case": case}).scalar_one_or_none()
    return found


def channels(tx: Connection) -> tuple[str, ...]:
    """All that cases have of their own."""
    return tuple(tx.scalars(CHANNELS))


def set_channel(tx: Connection, case: UUID, channel: str | None) -> None:
    """Where its cards hang from now on; None: where the settings say."""
    tx.execute(SET_CHANNEL, {"case": case, "channel": channel}) if channel else tx.execute(NO_CHANNEL, {"case": case})
