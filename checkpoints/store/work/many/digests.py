"""Digests' rows: one message that tells a person of many questions is a row for each, of one address and moment."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.clock.ladder import Rung
from checkpoints.core.view import Checkpoint
from checkpoints.store.work.messages import LONGEST_TROUBLE, Told

CLIMBED = text("""
    select r.checkpoint_id, r.rung, r.settled_at from desk.rung r join desk.checkpoint p on p.id = r.checkpoint_id
    where p.id = any(:ids) and r.revision = p.revision and r.climbed""")
TOLD = text("""
    select checkpoint_id, person_id, revision, says, address, sent_to, state, unsure, made_at from desk.message
    where checkpoint_id = any(:ids) and channel = :channel order by made_at, revision""")
# One that may have arrived three times and one that was refused are as over as one that was taken.
LAST = text("""
    select m.person_id, max(m.made_at) from desk.message m join desk.checkpoint p on p.id = m.checkpoint_id
    where p.case_id = :case_id and p.flooded and m.revision = p.revision and m.channel = :channel
        and (m.state = 'sent' or m.unsure >= :most_unsure)
    group by m.person_id""")
# A try that begins anew keeps its moment: the same digest again. One with other questions in it is another.
BEGIN = text("""
    insert into desk.message (channel, checkpoint_id, revision, person_id, says, address, sent_to, state, made_at)
    select :channel, id, revision, :person_id, says, :address, :sent_to, 'sending', desk.desk_now()
    from unnest(cast(:ids as uuid[]), cast(:revisions as integer[]), cast(:says as text[])) as l (id, revision, says)
    on conflict (checkpoint_id, channel, person_id, revision, says) do update
        set state = 'sending', sent_to = excluded.sent_to, trouble = '', address = excluded.address,
            made_at = case when message.address = excluded.address then message.made_at else excluded.made_at end
        where message.state in ('sending', 'failed')
    returning made_at""")
OF_IT = "checkpoint_id = any(:ids) and channel = :channel and person_id = :person_id and address = :address"
END = text(f"""
    update desk.message set state = :state, trouble = :trouble,
        sent_at = case when :state = 'sent' then desk.desk_now() end
    where {OF_IT} and state = 'sending'""")
UNSURE = text(f"""
    with tried as (
        update desk.message set unsure = unsure + 1, trouble = :trouble where {OF_IT} returning unsure)
    select coalesce(max(unsure), 0) from tried""")


@dataclass(frozen=True)
class Line:
    """One thing that a digest says, as a message names it."""

    checkpoint_id: UUID
    revision: int
    says: str


@dataclass(frozen=True)
class Digest:
    """One message to one person about a case's flood; `address` names it for good."""

    channel: str
    person_id: UUID
    address: str
    lines: tuple[Line, ...]


def key(channel: str, person_id: UUID, lines: Sequence[Line]) -> str:
    """What a digest is named by: the same for the same things said to the same person."""
    said = "\n".join(sorted(f"{line.checkpoint_id} {line.revision} {line.says}" for line in lines))
    return f"{channel} digest {person_id} {hashlib.sha256(said.encode()).hexdigest()}"


def climbed(tx: Connection, points: Sequence[Checkpoint]) -> dict[UUID, dict[Rung, datetime]]:
    """Of each checkpoint, the rungs of its present revision that were climbed, and when."""
    found: dict[UUID, dict[Rung, datetime]] = {point.id: {} for point in points}
    for row in tx.execute(CLIMBED, {"ids": list(found)}):
        found[row.checkpoint_id][Rung(row.rung)] = row.settled_at
    return found


def told(tx: Connection, points: Sequence[Checkpoint], channel: str) -> dict[UUID, list[Told]]:
    """Of each checkpoint, all that was said of it in one channel, in its order."""
    found: dict[UUID, list[Told]] = {point.id: [] for point in points}
    for row in tx.execute(TOLD, {"ids": list(found), "channel": channel}):
        values = dict(row._mapping)
        found[values.pop("checkpoint_id")].append(Told(**values))
    return found


def last(tx: Connection, case_id: UUID, channel: str, most_unsure: int) -> dict[UUID, datetime]:
    """When each person was last told of this case's flood."""
    values = {"case_id": case_id, "channel": channel, "most_unsure": most_unsure}
    return {row[0]: row[1] for row in tx.execute(LAST, values)}


def begin(tx: Connection, digest: Digest, sent_to: str) -> datetime | None:
    """Its moment, kept before it is said; that of the first try. None when another porter was quicker."""
    values = {**_named(digest), "sent_to": sent_to, "revisions": [line.revision for line in digest.lines]}
    made = tx.execute(BEGIN, values | {"says": [line.says for line in digest.lines]}).scalars().all()
    return min(made) if len(made) == len(digest.lines) else None


def end(tx: Connection, digest: Digest, state: str, trouble: str = "") -> None:
    """How the try ended."""
    tx.execute(END, {**_named(digest), "state": state, "trouble": trouble[:LONGEST_TROUBLE]})


def unsure(tx: Connection, digest: Digest, trouble: str) -> int:
    """Nobody can say how the try ended; how many such tries there were by now."""
    return int(tx.execute(UNSURE, {**_named(digest), "trouble": trouble[:LONGEST_TROUBLE]}).scalar_one())


def _named(digest: Digest) -> dict[str, object]:
    named: dict[str, object] = {"channel": digest.channel, "person_id": digest.person_id, "address": digest.address}
    return named | {"ids": [line.checkpoint_id for line in digest.lines]}
