"""The database: whether it takes us, what it is, how full, and whether its clock is this machine's."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import URL, Connection, NullPool, create_engine, exc, make_url, text

from checkpoints.settings import Role, Settings, login
from checkpoints.store import schema
from to_tools.cli.doctor.finding import Finding, amount, look, ok, wrong
from to_tools.cli.doctor.ground import FULL, short
from to_tools.up import postmaster
from to_tools.up.alone import holder
from to_tools.up.cluster import SUPERUSER

OLDEST = 15
PATIENCE = {"connect_timeout": 5, "options": "-c statement_timeout=5s -c lock_timeout=2s"}
SKEW = 5.0
"""Seconds between two clocks that nobody notices."""
NEARLY_ALL = 0.8


@dataclass(frozen=True)
class Reached:
    """One look at the database as one login: what it said, or why it took nobody (`trouble`)."""

    role: Role
    server: schema.Server | None = None
    ahead: float = 0
    """Seconds by which this machine's clock is ahead of the server's, at most half an answer's time off."""
    trouble: str = ""


@contextmanager
def opened(settings: Settings, role: Role) -> Iterator[Connection]:
    """A transaction that only reads. Raises SQLAlchemy's DBAPIError."""
    engine = create_engine(settings.url_for(role), poolclass=NullPool, hide_parameters=True, connect_args=PATIENCE)
    try:
        with engine.connect() as tx:
            tx.execute(text("set transaction read only"))
            yield tx
    finally:
        engine.dispose()


def reach(settings: Settings, role: Role) -> Reached:
    """Never raises what a database can say."""
    try:
        with opened(settings, role) as tx:
            before = time.time()
            server = schema.server(tx)
            after = time.time()
            return Reached(role, server, (before + after) / 2 - server.now.timestamp())
    except exc.DBAPIError as error:
        return Reached(role, trouble=_why(error))


def logins(settings: Settings, reached: list[Reached]) -> Iterator[Finding]:
    """Whether desk and asker get in."""
    servers = [one.server for one in reached if one.server is not None]
    refused = {one.trouble: one for one in reached if one.server is None}
    for one in refused.values():
        yield _refused(settings, one)
    if len(servers) < len(reached) or not servers:
        return
    server = servers[0]
    which = "embedded" if settings.embedded else "the team's"
    said = f"PostgreSQL {server.version // 10000}.{server.version % 10000}, {which}, {amount(server.size)}"
    if server.version < OLDEST * 10000:
        yield wrong("database", f"{said}: too old, {OLDEST} is the oldest that will do", "psql --version")
    elif server.reads_only:
        yield wrong("database", f"{said}: it only reads; nothing can be recorded", _ask(settings), "disk-full")
    else:
        unheard = "" if settings.embedded else "; what it refuses to a login, only its own log has"
        yield ok("database", f"{said}; takes desk and asker{unheard}")


def connections(settings: Settings, reached: list[Reached]) -> Iterator[Finding]:
    """How many are taken, of those that the server and each login allow."""
    for one in reached:
        server = one.server
        if server is None:
            continue
        used, most = server.connections, server.most_connections
        if server.most_own >= 0 and server.own_connections / max(server.most_own, 1) > used / most:
            used, most = server.own_connections, server.most_own
        said = f"{used} of {most} connections taken"
        if used >= NEARLY_ALL * most:
            yield wrong("connections", f"{said}{_held_by(settings, one.role)}", _free(settings), "connections-used-up")
        elif one.role == "desk":
            yield ok("connections", said)


def clock(settings: Settings, reached: list[Reached]) -> Iterator[Finding]:
    """Deadlines, codes and signatures go by the database's clock; people go by this machine's."""
    measured = next((one for one in reached if one.server is not None), None)
    if measured is not None and (offset := _offset(settings, measured.role)):
        owner = f"PGPASSFILE={short(settings.passfile('owner'))} psql -U {login('owner')} {_where(settings)}"
        do = f"{owner} -c \"update desk.clock set ahead = '0'\""
        yield wrong("clock", f"somebody set the desk's clock {offset:+.0f} s off its server's", do, "clock-wrong")
    elif measured is not None and abs(measured.ahead) > SKEW:
        said = f"this machine's clock is {measured.ahead:+.0f} s off the database's, which counts"
        yield wrong("clock", said, "timedatectl status", "clock-wrong")
    elif measured is not None:
        yield ok("clock", f"{abs(measured.ahead):.1f} s between this machine and the database")


def tables(settings: Settings) -> Iterator[Finding]:
    """Whether the schema is this release's. Only the owner may look, whose password a team may keep elsewhere."""
    if not settings.passfile("owner").exists():
        yield look("schema", f"not looked at: {short(settings.passfile('owner'))} is not here")
        return
    with opened(settings, "owner") as tx:
        there, wanted = schema.found(tx), schema.head()
    if there == wanted:
        yield ok("schema", f"{there}, this release's")
    else:
        do = "countersign down && countersign up --detach"
        yield wrong("schema", f"the database is at {there}, this release needs {wanted}", do)


def folder(settings: Settings) -> Iterator[Finding]:
    """The disk of an embedded server whose data lie on another one than the home."""
    data = settings.home / "postgres"
    if settings.embedded and data.is_dir() and data.stat().st_dev != settings.home.stat().st_dev:
        free = shutil.disk_usage(data).free
        if free < FULL:
            yield wrong("disk", f"{amount(free)} free for {short(data)}", f"df -h {short(data)}", "disk-full")


def _refused(settings: Settings, one: Reached) -> Finding:
    if "too many" in one.trouble or "remaining connection slots" in one.trouble:
        said = f"none is free for {one.role}{_held_by(settings, one.role)}"
        return wrong("connections", said, _free(settings), "connections-used-up")
    if settings.embedded and postmaster.running(settings.home / "postgres") is None:
        if holder(settings.home) is None:
            return wrong("database", "PostgreSQL does not run", "countersign up --detach")
        return wrong("database", "PostgreSQL does not run", _ask(settings), "part-does-not-come-back")
    said = f"it does not take {login(one.role)}: {one.trouble}"
    if not settings.passfile(one.role).exists():
        said = f"{said} ({short(settings.passfile(one.role))} is missing)"
    return wrong("database", said, _ask(settings), "part-does-not-come-back")


def _ask(settings: Settings) -> str:
    """What shows the server's own words."""
    return f"tail -n 20 {short(settings.logs / 'postgres.log')}" if settings.embedded else f"psql {_where(settings)}"


def _held_by(settings: Settings, role: Role) -> str:
    """Who has most of them: an embedded server keeps three for its superuser, a team's we ask as ourselves."""
    url: str | URL = settings.url_for(role)
    if settings.embedded:
        known = make_url(settings.database_url).set(username=SUPERUSER, database="postgres")
        url = known.update_query_dict({"passfile": str(settings.keys / "superuser.pgpass")})
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=PATIENCE)
    try:
        with engine.connect() as tx:
            held = schema.holders(tx)
    except exc.DBAPIError:
        return ""
    finally:
        engine.dispose()
    return f": {', '.join(f'{count} by {name}' for name, count in held)}"


def _free(settings: Settings) -> str:
    if settings.embedded:
        return "countersign down && countersign up --detach"
    return f'psql {_where(settings)} -c "select usename, count(*) from pg_stat_activity group by 1"'


def _where(settings: Settings) -> str:
    return f"'{settings.database_url.replace('postgresql+psycopg', 'postgresql', 1)}'"


def _why(error: exc.DBAPIError) -> str:
    """The server's, or libpq's, last words; no password is ever in them."""
    lines = str(error.orig).strip().splitlines()
    return lines[-1].removeprefix("connection failed: ")[-160:] if lines else type(error).__name__


def _offset(settings: Settings, role: Role) -> float:
    with opened(settings, role) as tx:
        return schema.clock_offset(tx)
