"""Rows of the cards that hang in Slack: where, of which revision, and what was last put on them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.core.shown.message import Pin

COLUMNS = "id, checkpoint_id, revision, place, person_id, channel, ts, state, shows, unsure"
OF = text(f"select {COLUMNS} from desk.slack_card where checkpoint_id = :checkpoint order by made_at, place")
BY_ID = text(f"select {COLUMNS} from desk.slack_card where id = :id")
AT = text(f"select {COLUMNS} from desk.slack_card where channel = :channel and ts = :ts")
BEGIN = text(f"""
    insert into desk.slack_card (checkpoint_id, revision, place, person_id, state, made_at)
    values (:checkpoint, :revision, :place, :person, 'sending', desk.desk_now())
    on conflict (checkpoint_id, revision, place) do update set state = 'sending', trouble = ''
        where slack_card.state in ('sending', 'failed')
    returning {COLUMNS}""")
HANGS = text("""
    update desk.slack_card set state = 'hangs', channel = :channel, ts = :ts, shows = :shows, trouble = '', unsure = 0
    where id = :id""")
SHOWS = text("update desk.slack_card set shows = :shows, trouble = '', unsure = 0 where id = :id")
SAYS = text("update desk.slack_card set shows = :shows where id = :id")
ENDED = text("update desk.slack_card set state = :state, trouble = :trouble where id = :id")
UNSURE = text("update desk.slack_card set unsure = unsure + 1, trouble = :trouble where id = :id returning unsure")
# Within its case: a question is reopened there.
REPLACED_BY = text("""
    select desk.label(r.id) from desk.checkpoint p join desk.checkpoint r on r.case_id = p.case_id and r.reopens = p.id
    where p.id = :checkpoint and r.state <> 'asked' order by r.number limit 1""")
REPLACES = text("""
    select c.checkpoint_id from desk.slack_card c join desk.checkpoint p on p.reopens = c.checkpoint_id
    where p.id = :checkpoint and c.state = 'hangs' and c.shows not like 'now %' and c.shows not like 'revision %'
    limit 1""")
WANTED_AGAIN = (
    text("""
        update desk.slack_card c set state = 'failed' from desk.checkpoint p
        where c.checkpoint_id = p.id and p.state = 'open' and c.revision = p.revision and c.state = 'refused'
            and c.channel is null"""),
    text("""
        update desk.message m set state = 'failed' from desk.checkpoint p
        where m.checkpoint_id = p.id and p.state = 'open' and m.revision = p.revision and m.state = 'refused'
            and m.channel = 'slack'"""),
)
LONGEST_TROUBLE = 500


@dataclass(frozen=True)
class Hung:
    """One card. `state` is sending (it may hang), hangs, failed (it does not) or refused (it never will, there).

    `person_id`: whose it is alone, of a direct message. `shows` is what was last put on it, as its hanger calls it.
    `unsure` counts tries of which nobody can say how they ended.
    """

    id: UUID
    checkpoint_id: UUID
    revision: int
    place: str
    person_id: UUID | None
    channel: str | None
    ts: str | None
    state: str
    shows: str
    unsure: int

    @property
    def pin(self) -> Pin | None:
        """Where it hangs; None while it doesn't, as far as is recorded."""
        return Pin(self.channel, self.ts) if self.channel and self.ts else None


def of(tx: Connection, checkpoint: UUID) -> list[Hung]:
    """All of a checkpoint, of every revision, the first first."""
    return [Hung(**row._mapping) for row in tx.execute(OF, {"checkpoint": checkpoint})]


def by_id(tx: Connection, id: UUID) -> Hung | None:
    """None for an id that is no card's."""
    row = tx.execute(BY_ID, {"id": id}).one_or_none()
    return Hung(**row._mapping) if row else None


def at(tx: Connection, pin: Pin) -> Hung | None:
    """The card that hangs there; None where none does."""
    row = tx.execute(AT, vars(pin)).one_or_none()
    return Hung(**row._mapping) if row else None


def begin(tx: Connection, checkpoint: UUID, revision: int, place: str, person: UUID | None) -> Hung | None:
    """Kept before Slack is asked. None when it hangs, or was refused."""
    named = {"checkpoint": checkpoint, "revision": revision, "place": place, "person": person}
    row = tx.execute(BEGIN, named).one_or_none()
    return Hung(**row._mapping) if row else None


def hangs(tx: Connection, id: UUID, pin: Pin, shows: str) -> None:
    """Slack has it, there, and this is on it."""
    tx.execute(HANGS, {"id": id, **vars(pin), "shows": shows})


def shows(tx: Connection, id: UUID, what: str) -> None:
    """This is on it now."""
    tx.execute(SHOWS, {"id": id, "shows": what})


def say(tx: Connection, id: UUID, what: str) -> None:
    """Kept before something is said beside it; tries of which nobody can say how they ended are counted on."""
    tx.execute(SAYS, {"id": id, "shows": what})


def end(tx: Connection, id: UUID, state: str, trouble: str) -> None:
    """The try `failed`, or was `refused` for good."""
    tx.execute(ENDED, {"id": id, "state": state, "trouble": trouble[:LONGEST_TROUBLE]})


def unsure(tx: Connection, id: UUID, trouble: str) -> int:
    """Nobody can say how the try ended; how many such tries there were by now."""
    return int(tx.execute(UNSURE, {"id": id, "trouble": trouble[:LONGEST_TROUBLE]}).scalar_one())


def replaced_by(tx: Connection, checkpoint: UUID) -> str:
    """The label of the question that reopened it; empty while none did."""
    return tx.execute(REPLACED_BY, {"checkpoint": checkpoint}).scalar_one_or_none() or ""


def replaces(tx: Connection, checkpoint: UUID) -> UUID | None:
    """The question that this one reopened, while a card of it doesn't say so."""
    found: UUID | None = tx.execute(REPLACES, {"checkpoint": checkpoint}).scalar_one_or_none()
    return found


def want_again(tx: Connection) -> None:
    """What was refused of questions that are open is to be tried once more: something was put right."""
    for statement in WANTED_AGAIN:
        tx.execute(statement)
