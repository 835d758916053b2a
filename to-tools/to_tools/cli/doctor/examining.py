"""The order of the looks. Rule: each stands alone; one that breaks is a finding, and the next is taken.

Imports are inside, so that a library that is missing takes only its own lines along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from sqlalchemy import Connection

from checkpoints import settings as known
from checkpoints.core.shown.showing import one_line
from checkpoints.settings import Settings
from to_tools.cli.doctor.finding import Finding, look, wrong

Check = Callable[[Settings], Iterable[Finding]]
CheckOfWork = Callable[[Connection, Settings], Iterable[Finding]]


def examine() -> list[Finding]:
    """Everything that can be found out, whatever is broken. Never raises; nothing is changed."""
    try:
        settings, mistakes = known.readable()
    except Exception as error:  # noqa: BLE001 -- a doctor that raises helps nobody
        return [wrong("settings", f"they can't be read at all: {_words(error)}", "env | grep COUNTERSIGN_")]
    found = _safely("ground", partial(_ground, settings, mistakes))
    found += _safely("desk", partial(_processes, settings))
    found += _safely("database", partial(_database, settings))
    found += _safely("prefect", partial(_prefect, settings))
    return found + _safely("fence", partial(_fences, settings))


def _ground(settings: Settings, mistakes: dict[str, str]) -> Iterator[Finding]:
    from to_tools.cli.doctor import ground

    yield from _each(settings, ground.program, ground.home, ground.disk, ground.keys)
    yield from _safely("settings", partial(ground.told, settings, mistakes))
    yield from _each(settings, ground.leftovers)


def _processes(settings: Settings) -> Iterator[Finding]:
    from to_tools.cli.doctor import processes

    yield from _each(settings, processes.supervisor, processes.parts, processes.doors)
    yield from _safely("slack", partial(_slack, settings))
    yield from _safely("vault", partial(_vault, settings))


def _slack(settings: Settings) -> Iterator[Finding]:
    from to_tools.cli.doctor import slack

    yield from slack.ways(settings)


def _vault(settings: Settings) -> Iterator[Finding]:
    from to_tools.cli.doctor import vault

    yield from vault.lies(settings)


def _database(settings: Settings) -> Iterator[Finding]:
    from to_tools.cli.doctor import database, slack, work

    desk, asker = database.reach(settings, "desk"), database.reach(settings, "asker")
    for judge in (database.logins, database.connections, database.clock):
        yield from _safely(judge.__name__, partial(judge, settings, [desk, asker]))
    yield from _each(settings, database.folder)
    if desk.server is None:
        said = "not looked at without the database: errands, waiting, permits, runs, journal, audit, second factors"
        yield look("work", said, "countersign doctor")
        return
    yield from _each(settings, database.tables)
    checks: tuple[CheckOfWork, ...] = (work.carried, work.received, work.waiting, work.permits, work.runs)
    checks += (
        work.journal,
        work.written_down,
        work.kept_elsewhere,
        work.second_factors,
        work.rotations,
        work.retained,
        slack.cards,
    )
    for check in checks:
        yield from _safely(check.__name__, partial(_reading, settings, check))


def _reading(settings: Settings, check: CheckOfWork) -> Iterator[Finding]:
    from to_tools.cli.doctor import database

    # A connection each: one that broke must not take the next check along.
    with database.opened(settings, "desk") as tx:
        yield from check(tx, settings)


def _prefect(settings: Settings) -> Iterator[Finding]:
    from to_tools.cli.doctor import prefect

    yield from _each(settings, prefect.server)


def _fences(settings: Settings) -> Iterator[Finding]:
    from to_tools.cli.doctor import fences

    yield from _each(settings, fences.fence, fences.terraform)


def _each(settings: Settings, *checks: Check) -> Iterator[Finding]:
    for check in checks:
        yield from _safely(check.__name__, partial(check, settings))


def _safely(subject: str, look_at: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What was found until it broke, and that it broke."""
    found: list[Finding] = []
    try:
        for one in look_at():
            found.append(one)
    except Exception as error:  # noqa: BLE001 -- a doctor that raises helps nobody
        found.append(wrong(subject, f"could not be looked at: {_words(error)}"))
    return found


def _words(error: Exception) -> str:
    """Its first line; an SQL statement and its values, which follow, are not for here."""
    return one_line(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")[:160]
