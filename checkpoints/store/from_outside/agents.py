"""Agents from outside: whom each works for, their tokens, kept as hashes, and what they asked."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.model import Request
from checkpoints.core.view import Checkpoint
from checkpoints.store.documents import dump

BY_TOKEN = text("select name, owner, owner_id, projects, kinds, expires_at from desk.agent_by_token(:hash)")
ASK = text("select desk.agent_ask(:hash, :key, :body, :slug, cast(:request as jsonb), :digest)")
OWNER = text("select owner_id from desk.agent where name = :name")
ADD = text("insert into desk.agent (name, owner_id, made_at) values (:name, :owner, desk.desk_now())")
ADD_TOKEN = text("""
    insert into desk.agent_token (agent, hash, projects, kinds, made_at, expires_at)
    values (:agent, :hash, :projects, :kinds, desk.desk_now(), desk.desk_now() + :lasts) returning id, expires_at""")
LIST = text("""
    select t.id, t.agent, p.name as owner, t.projects, t.made_at, t.last_used_at, t.expires_at
    from desk.agent_token t join desk.agent a on a.name = t.agent join desk.person p on p.id = a.owner_id
    where t.ended_at is null and t.expires_at > desk.desk_now() order by t.agent, t.made_at""")
END = text("""
    update desk.agent_token set ended_at = desk.desk_now()
    where agent = :agent and ended_at is null and expires_at > desk.desk_now() returning id""")
MARKS = text("""
    select p.id, concat_ws(' ', p.state, p.revision, t.state) as mark
    from desk.checkpoint p left join desk.permit t on t.checkpoint_id = p.id where p.id = any(:ids)""")
GIVEN = text("""
    select expires_at, ended_at is null and coalesce(expires_at > desk.desk_now(), true) as lives
    from desk.credential where checkpoint_id = :id""")
# Of a step that began so long ago: when what it opened was first made out to its agent. Where nothing was, and no
# ticket of it can be redeemed any more, nothing was handed over.
UNREPORTED = text("""
    select s.id as step_id, s.run_id, s.checkpoint_id, handed.at as handed_at
    from desk.step s join desk.run r on r.id = s.run_id and r.body ->> 'agent' is not null,
        lateral (
            select min(o.redeemed_at) as at,
                coalesce(bool_or(o.redeemed_at is null and o.at > desk.desk_now() - cast(:within as interval)), false)
                    as may_be
            from desk.opening o join desk.handle h on h.id = o.handle_id and h.purpose = 'agent'
                join desk.credential k on k.id = h.credential_id
            where k.checkpoint_id = s.checkpoint_id and o.unused_at is null and o.at >= s.begun_at) handed
    where s.state = 'begun' and s.checkpoint_id is not null
        and s.begun_at <= desk.desk_now() - cast(:within as interval)
        and (handed.at <= desk.desk_now() - cast(:within as interval) or (handed.at is null and not handed.may_be))
        and (cast(:step_id as uuid) is null or s.id = :step_id)
    order by s.begun_at limit 1""")
JUNK = text("select desk.count_junk()")


@dataclass(frozen=True)
class Agent:
    """One that asks from outside, verified by a token: `projects` and `kinds` are what that is good for."""

    name: str
    owner: str
    owner_id: UUID
    projects: tuple[str, ...]
    kinds: tuple[str, ...]
    expires_at: datetime
    hash: bytes = field(repr=False)

    @property
    def signs(self) -> str:
        """How it stands on a card: no agent of ours is called so."""
        return f"{self.name} (from outside)"


@dataclass(frozen=True)
class Token:
    """A token as people read of it. `last_used_at` is true to the hour."""

    id: UUID
    agent: str
    owner: str
    projects: tuple[str, ...]
    made_at: datetime
    last_used_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True)
class Unreported:
    """A step of an agent's that began and never ended. `handed_at`: when it was handed something, if it was."""

    step_id: UUID
    run_id: UUID
    checkpoint_id: UUID
    handed_at: datetime | None


def hashed(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def by_token(tx: Connection, token: str) -> Agent | None:
    """Whose token this is; None when it is nobody's, has ended or is too old."""
    row = tx.execute(BY_TOKEN, {"hash": hashed(token)}).one_or_none()
    if row is None:
        return None
    return Agent(
        row.name, row.owner, row.owner_id, tuple(row.projects), tuple(row.kinds), row.expires_at, hashed(token)
    )


def ask(tx: Connection, agent: Agent, key: str, body: str, slug: str, request: Request, digest: str) -> UUID:
    """The checkpoint, asked now or before under this key. Raises (SQLSTATE CS001, CS002) what the function says."""
    values = {"hash": agent.hash, "key": key, "body": body, "slug": slug, "digest": digest}
    id: UUID = tx.execute(ASK, values | {"request": dump(Request, request)}).scalar_one()
    return id


def owner(tx: Connection, name: str) -> UUID | None:
    """Whom the agent of this name works for; None while there is none."""
    id: UUID | None = tx.execute(OWNER, {"name": name}).scalar_one_or_none()
    return id


def add(tx: Connection, name: str, owner: UUID) -> None:
    """An agent that works for this person."""
    tx.execute(ADD, {"name": name, "owner": owner})


def add_token(
    tx: Connection, agent: str, token: str, projects: Sequence[str], kinds: Sequence[str], lasts: timedelta
) -> datetime:
    """Until when it holds."""
    values: dict[str, object] = {"agent": agent, "hash": hashed(token), "lasts": lasts}
    row = tx.execute(ADD_TOKEN, values | {"projects": list(projects), "kinds": list(kinds)}).one()
    until: datetime = row.expires_at
    return until


def tokens(tx: Connection) -> list[Token]:
    """Those that hold now, by agent."""
    return [Token(**{**row._mapping, "projects": tuple(row.projects)}) for row in tx.execute(LIST)]


def end(tx: Connection, agent: str) -> int:
    """Ends every token of this agent; how many there were."""
    return len(tx.execute(END, {"agent": agent}).all())


def marks(tx: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    """How each of these checkpoints stands, in a word that is another one once it stands otherwise."""
    return {row.id: row.mark for row in tx.execute(MARKS, {"ids": list(ids)})}


def mark(point: Checkpoint) -> str:
    """The same word, of one that was read."""
    return " ".join(str(each) for each in (point.state, point.revision, point.permit) if each is not None)


def given(tx: Connection, id: UUID) -> tuple[datetime | None, bool]:
    """(when what this checkpoint's answer gave ends by itself, if ever; whether it may be opened still)."""
    row = tx.execute(GIVEN, {"id": id}).one_or_none()
    return (row.expires_at, bool(row.lives)) if row else (None, False)


def unreported(tx: Connection, within: timedelta, step_id: UUID | None = None) -> Unreported | None:
    """The oldest step whose agent should have said by now what came of it; or just this one, if it is such a step."""
    row = tx.execute(UNREPORTED, {"within": within, "step_id": step_id}).one_or_none()
    return Unreported(*row) if row else None


def count_junk(tx: Connection) -> None:
    """One more came today that can't be read."""
    tx.execute(JUNK)
