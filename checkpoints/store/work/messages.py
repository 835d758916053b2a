"""Messages' rows: what a channel told whom of a revision, written before the channel is asked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

OF = text("""
    select person_id, revision, says, address, sent_to, state, unsure, made_at from desk.message
    where checkpoint_id = :checkpoint_id and channel = :channel order by made_at, revision""")
# A try that begins anew keeps the address and the moment of the first: the same message again, never another one.
BEGIN = text("""
    insert into desk.message (channel, checkpoint_id, revision, person_id, says, address, sent_to, state, made_at)
    values (:channel, :checkpoint_id, :revision, :person_id, :says, :address, :sent_to, 'sending', desk.desk_now())
    on conflict (checkpoint_id, channel, person_id, revision, says) do update
        set state = 'sending', sent_to = excluded.sent_to, trouble = '' where message.state in ('sending', 'failed')
    returning address, made_at""")
END = text("""
    update desk.message set state = :state, trouble = :trouble,
        sent_at = case when :state = 'sent' then desk.desk_now() end
    where checkpoint_id = :checkpoint_id and channel = :channel and person_id = :person_id and revision = :revision
        and says = :says and state = 'sending'""")
UNSURE = text("""
    update desk.message set unsure = unsure + 1, trouble = :trouble
    where checkpoint_id = :checkpoint_id and channel = :channel and person_id = :person_id and revision = :revision
        and says = :says returning unsure""")
LONGEST_TROUBLE = 500


@dataclass(frozen=True)
class Told:
    """One message as recorded. `state` is sending (it may have gone out), sent, failed (it did not) or refused.

    `unsure` counts tries of which nobody can say whether they reached the person.
    """

    person_id: UUID
    revision: int
    says: str
    address: str
    sent_to: str
    state: str
    unsure: int
    made_at: datetime


@dataclass(frozen=True)
class Which:
    """What names a message: the channel, the checkpoint and its revision, the person, and what it says."""

    channel: str
    checkpoint_id: UUID
    revision: int
    person_id: UUID
    says: str

    @property
    def key(self) -> str:
        return f"{self.channel} {self.checkpoint_id} {self.revision} {self.person_id} {self.says}"


def of(tx: Connection, checkpoint_id: UUID, channel: str) -> list[Told]:
    """All of a checkpoint in one channel, in their order."""
    rows = tx.execute(OF, {"checkpoint_id": checkpoint_id, "channel": channel})
    return [Told(**row._mapping) for row in rows]


def begin(tx: Connection, which: Which, address: str, sent_to: str) -> tuple[str, datetime] | None:
    """Its address and moment, kept before it is said; those of the first try. None when it was said, or refused."""
    row = tx.execute(BEGIN, {**vars(which), "address": address, "sent_to": sent_to}).one_or_none()
    return (row.address, row.made_at) if row else None


def end(tx: Connection, which: Which, state: str, trouble: str = "") -> None:
    """How the try ended."""
    tx.execute(END, {**vars(which), "state": state, "trouble": trouble[:LONGEST_TROUBLE]})


def unsure(tx: Connection, which: Which, trouble: str) -> int:
    """Nobody can say how the try ended; how many such tries there were by now."""
    return int(tx.execute(UNSURE, {**vars(which), "trouble": trouble[:LONGEST_TROUBLE]}).scalar_one())
