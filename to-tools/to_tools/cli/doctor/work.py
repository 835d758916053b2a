"""The work: errands, what waits, runs that should have moved, permits, the journal, the audit, the operators."""

import shlex
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection

from checkpoints.actions.audit import depositing
from checkpoints.actions.courses.mending import GIVEN_UP
from checkpoints.actions.credentials.life import looking
from checkpoints.core import audit as chain
from checkpoints.core.errors import Countersign
from checkpoints.core.shown.showing import one_line
from checkpoints.rules.rotation import read_rotation
from checkpoints.settings import Settings
from checkpoints.store import audit, checkpoints, errands
from checkpoints.store.secret import factors, personal, tags
from checkpoints.store.secret.anchors import Signer, checked
from checkpoints.store.work import begun
from checkpoints.store.work.watched import health
from to_tools.cli.doctor.finding import Finding, duration, look, ok, wrong
from to_tools.cli.doctor.ground import short

LATE = 15.0
"""Seconds that something may be due before the porter seems to be away: it looks every five."""
TRIED_LONG = 300.0
"""Seconds of trying after which it no longer looks like a restart somewhere."""
PATIENCE = timedelta(minutes=2)
"""From an answer to the run that goes on: a second or ten as a rule."""
AT_IT_LONG = 3600.0
"""Seconds after which an effect that somebody is at is worth a look."""
ENDED_BY_THE_DESK = 1800.0
"""Seconds after which the porter should have ended what an agent from outside began: it does after fifteen minutes."""
NAMED = 3
"""Of many that are in the same trouble, so many are named."""
LINES = 1000


def carried(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """Errands: depth, oldest, and what is wrong with those that were tried most."""
    backlog, troubled = errands.backlog(tx), errands.troubled(tx, 3)
    said = f"{backlog.open} to carry" + (f", the oldest for {duration(backlog.oldest)}" if backlog.open else "")
    words = "; ".join(f"{one.kind} ({one.tries} times): {one_line(one.trouble)[:100]}" for one in troubled)
    if backlog.overdue > LATE:
        late = f"{said}, and nobody carries: one is due for {duration(backlog.overdue)}"
        yield wrong("errands", late, "countersign restart porter", "errands-growing")
    elif any(one.age > TRIED_LONG for one in troubled):
        do = f"tail -n 20 {short(settings.logs / 'porter.log')}"
        yield wrong("errands", f"{said}. Tried in vain: {words}", do, "errands-growing")
    elif troubled:
        yield look("errands", f"{said}. Tried again soon: {words}")
    else:
        yield ok("errands", said)


def received(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """What runs handed in."""
    new = health.unreceived(tx)
    if new.oldest > LATE:
        said = f"{new.open} not received by the desk, the oldest for {duration(new.oldest)}"
        yield wrong("receiving", said, "countersign restart porter", "errands-growing")
    else:
        yield ok("receiving", f"{new.open} to receive")


def waiting(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """What people have to answer."""
    count = checkpoints.count_waiting(tx)
    oldest = f", the oldest for {duration(health.oldest_waiting(tx))}" if count else ""
    yield ok("waiting", f"{count} for an answer{oldest}")


def permits(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """Effects that may have happened or not, and those that take long."""
    unknown, unrecorded = health.unknown_permits(tx), health.begun_permits(tx, PATIENCE)
    left = [one for one in unrecorded if not one.alive and (not one.from_outside or one.seconds > ENDED_BY_THE_DESK)]
    for asked in unknown[:NAMED]:
        do = f"countersign show {asked.asked}" if asked.asked else f"countersign history {asked.label}"
        by = f"; {asked.asked} asks about it" if asked.asked else "; nobody has been asked yet"
        yield wrong("permits", f"nobody knows whether {asked.label} took effect{by}", do, "permit-unknown")
    for one in left[:NAMED]:
        said = f"{one.label} was begun {duration(one.seconds)} ago, nobody is at it, and nobody recorded its end"
        whose = "porter" if one.from_outside else "engine"
        yield wrong("permits", said, f"countersign restart {whose}", "permit-unknown")
    if more := max(0, len(unknown) - NAMED) + max(0, len(left) - NAMED):
        yield wrong("permits", f"and {more} more", "countersign inbox", "permit-unknown")
    for one in [slow for slow in unrecorded if slow.alive and slow.seconds > AT_IT_LONG][:NAMED]:
        said = f"{one.label} was begun {duration(one.seconds)} ago, and its run is still at it"
        yield look("permits", said, f"countersign history {one.label}")
    if not unknown and not left:
        yield ok("permits", "none is unknown")


def runs(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """Runs that nobody begins again, and those whose answer has come and that sleep on."""
    dead, still = health.given_up(tx, GIVEN_UP), health.unmoved(tx, PATIENCE)
    for one in dead[:NAMED]:
        at = f", after {one.label}" if one.label else ""
        died = f"{one.case} ({one.branch}{at}) died {one.times} times in a row and was given up"
        yield wrong("runs", f"{died}; engine.log says of what", f"countersign prefect rebuild {one.case}", "run-stuck")
    if len(dead) > NAMED:
        yield wrong("runs", f"and {len(dead) - NAMED} more were given up", "countersign prefect rebuild", "run-stuck")
    if still:
        names = ", ".join(f"{one.case} ({one.branch}, {duration(one.seconds)})" for one in still[:NAMED])
        said = f"{len(still)} could go on and don't: {names}"
        yield wrong("runs", said, "countersign restart engine", "run-stuck")
    if not dead and not still:
        yield ok("runs", "none is late")


def journal(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """Effects that were begun and are not in this database: an older one, then, that was put back."""
    lines = {case: begun.read(settings.home, case) for case in begun.cases(settings.home)}
    known = begun.known_to(tx, [line.token for noted in lines.values() for line in noted])
    lost = {case: found for case, noted in lines.items() if (found := begun.forgotten(noted, known))}
    if not lost:
        yield ok("journal", f"{sum(map(len, lines.values()))} effects begun, all in this database or asked about")
        return
    named = [one_line(line.step or f"a line of {case} that can't be read") for case in lost for line in lost[case]]
    said = f"{len(named)} begun, and not in this database, which is an older one: {', '.join(named[:3])}"
    do = f"countersign project show {next(iter(lost))}"
    yield look("journal", f"{said}. Each is asked about before it is begun again", do)


def written_down(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """The end of the audit, against what was signed last; `countersign audit verify` looks at all of it."""
    head = audit.head(tx)
    if head is None:
        yield wrong("audit", "its head was taken away", "countersign audit verify")
        return
    first = max(0, head.number - LINES)
    lines = list(audit.lines(tx, max(0, first - 1)))
    start = chain.Head(lines[0].number, lines[0].hash) if first else chain.START
    signer = Signer(settings.home)
    try:
        newest = signer.files()[-1:]
        signed = checked(newest, signer.public_key) if newest else []
    except Countersign as trouble:
        yield wrong("audit", one_line(str(trouble)), "countersign audit verify")
        return
    broken = chain.verify(lines[1:] if first else lines, head, start, signed)
    if broken:
        yield wrong("audit", f"{len(broken)} breaks, first: {one_line(broken[0])}", "countersign audit verify")
    else:
        said = f"{head.number} lines; the last {min(LINES, head.number)} follow from each other"
        yield ok("audit", said + (f"; signed at {signed[0].at}" if signed else "; not signed yet"))


def kept_elsewhere(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """The newest signed head, where the settings want a tag of each."""
    newest, repository = Signer(settings.home).files()[-1:], settings.anchor_git
    if repository is None or not newest:
        return
    name = depositing.tag_of(newest[0])
    try:
        there = tags.named_by(repository, name)
    except Countersign as trouble:
        yield wrong("audit", one_line(str(trouble)), f"git -C {shlex.quote(str(repository))} tag --list")
        return
    if there:
        yield ok("audit", f"its newest signed head is a tag in {repository}")
    else:
        yield look("audit", f"{name} is no tag in {repository} yet", "countersign audit anchor --git REPOSITORY")


def rotations(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """Credentials whose next value is overdue, and older values that somebody still has."""
    late = looking.late(tx, read_rotation())
    for life in late.overdue[:NAMED]:
        said = f"the {life.service} credential of {life.label} should have been rotated on {life.rotate_at:%Y-%m-%d}"
        yield look("credentials", said, f"countersign credential rotate {life.label}")
    for each in late.beside[:NAMED]:
        case = each.older.label.partition("/")[0]
        said = f"{each.older.service} of {each.older.label}: {each.words}"
        yield look("credentials", one_line(said), f"countersign credential list {case}")
    if more := max(0, len(late.overdue) - NAMED) + max(0, len(late.beside) - NAMED):
        yield look("credentials", f"and {more} more")
    if not late.overdue and not late.beside:
        yield ok("credentials", "none is overdue for another value")


def second_factors(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """Whether every technical operator could answer what needs one."""
    without = factors.operators_without(tx)
    if without:
        who = ", ".join(one_line(name) for name in without[:3])
        yield look("second factor", f"{who}: none enrolled", "countersign second-factor enrol")
    else:
        yield ok("second factor", "every technical operator has one")


def retained(tx: Connection, settings: Settings) -> Iterator[Finding]:
    """Whom the settings' time says to erase; nobody is by itself."""
    if not settings.retention_days:
        return
    names = personal.overdue(tx, timedelta(days=settings.retention_days))
    if names:
        who = ", ".join(one_line(name) for name in names[:NAMED]) + (", …" if len(names) > NAMED else "")
        said = f"{len(names)} removed over {settings.retention_days} days ago and not erased: {who}"
        yield look("personal data", said, f"countersign people erase {shlex.quote(one_line(names[0]))} --because …")
    else:
        yield ok("personal data", f"nobody who was removed over {settings.retention_days} days ago is named")
