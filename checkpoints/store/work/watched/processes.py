"""Which processes say that they are alive, and which schema the database has."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

SEEN = text("select desk.seen(:name, :host, :pid, :version, :first)")
# A database that takes two seconds for this is not one to send people to.
IMPATIENT = text("set local statement_timeout = '2s'")
STATE = text("""
    select (select version_num from desk_version), extract(epoch from desk.desk_now() - max(seen_at)
        filter (where name = 'porter')), extract(epoch from desk.desk_now() - max(seen_at)
        filter (where name = 'engine')) from desk.process""")


@dataclass(frozen=True)
class Process:
    """One process of this machine. `name` is `porter` or `engine`."""

    name: str
    host: str
    pid: int
    version: str


@dataclass(frozen=True)
class State:
    """The database's schema, and for how many seconds nobody has seen the porter and the engine; None: never."""

    schema: str
    porter: float | None
    engine: float | None


def seen(tx: Connection, process: Process, first: bool) -> None:
    """It is alive; `first`: it has just started. Raises Refused where the asker speaks for another than the engine."""
    values = {"name": process.name, "host": process.host, "pid": process.pid, "version": process.version}
    tx.execute(SEEN, values | {"first": first})


def state(tx: Connection) -> State:
    """Raises Unavailable when the database takes over two seconds."""
    tx.execute(IMPATIENT)
    version, *ages = tx.execute(STATE).one()
    porter, engine = (None if age is None else float(age) for age in ages)
    return State(version, porter, engine)
