"""`countersign policy show | history | simulate | adopt`: who must approve what, and how that is changed."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import called
from checkpoints.core.shown.showing import one_line, visible
from checkpoints.core.shown.story import when
from checkpoints.toml import LARGEST
from to_tools.cli.looking import AsJson
from to_tools.cli.records.audit import day
from to_tools.cli.visit import Visit
from to_tools.cli.writing import plain
from to_tools.cli.writing.terminal import alarming, bold, quiet, wrapped

if TYPE_CHECKING:
    from checkpoints.core.policy import Matrix
    from checkpoints.core.work.rules.proposal import Tried
    from checkpoints.core.work.rules.simulation import Differs

policy = typer.Typer(no_args_is_help=True)
MOST = 30
"""Requests that a terminal is shown; --json has all."""

MatrixFile = Annotated[
    str, typer.Option("--matrix", metavar="NEW.toml", help="The changed matrix; - is what is piped in.")
]


@policy.command("show")
def show_policy(
    ctx: typer.Context,
    text: Annotated[
        str, typer.Option("--text", metavar="VERSION", help="The text of one version instead, as it was adopted.")
    ] = "",
) -> None:
    """Show who must approve what. First the cost bands that are in force, then every kind of question.

    \b
    Examples: countersign policy show
              countersign policy show --text 4f2a91c0be17 > before.toml
    """
    visit: Visit = ctx.obj
    if text:
        sys.stdout.write(_text_of(visit, text))
        return
    matrix, unsure = _in_force(visit)
    typer.echo(bold(f"Cost a month in {matrix.currency}"))
    for band in matrix.bands:
        roles = ", then ".join(called(band.roles)) or "nobody: the rule may pass it"
        factor = "; second factor" if band.step_up else ""
        typer.echo(wrapped(one_line(f"{roles}{factor}; reviewed {band.review}"), f"  {one_line(band.name):<20}"))
    adopted = f"Version {matrix.version}, adopted by {matrix.adopted_by}."
    typer.echo(wrapped(one_line(adopted), "  "))
    if unsure:
        typer.echo(alarming(wrapped(unsure, "  ")))
    typer.echo(bold("\nKinds, with who must approve them whatever they cost"))
    for kind in visit.rules.kinds.values():
        floor = ", ".join(called(kind.floor)) or "as it costs"
        factor = "" if kind.step_up == "no" else f"; second factor: {kind.step_up}"
        typer.echo(wrapped(f"{floor}{'; by rule' if kind.by_rule else ''}{factor}", f"  {kind.name:<26}"))


@policy.command()
def history(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the versions of the cost matrix that people adopted, the newest last: that one is in force.

    To go back, adopt an older one's text: countersign policy show --text VERSION > before.toml

    \b
    Example: countersign policy history
    """
    from checkpoints.actions.own.rules import changing

    visit: Visit = ctx.obj
    found = changing.history(visit.read())
    if as_json:
        kept = [(one.version, one.adopted_by, one.label, one.at) for one in found]
        plain.write([dict(zip(("version", "adopted_by", "checkpoint", "from"), one, strict=True)) for one in kept])
        return
    shipped = visit.rules.matrix
    typer.echo(wrapped(one_line(f"with the release: {shipped.adopted_by}"), f"{shipped.version}  "))
    for one in found:
        typer.echo(wrapped(one_line(f"from {when(one.at)}, {one.label}: {one.adopted_by}"), f"{one.version}  "))


@policy.command()
def adopt(
    ctx: typer.Context,
    matrix: MatrixFile,
    because: Annotated[str, typer.Option("--because", metavar="WHY", help="Why; whoever approves it sees it.")],
) -> None:
    """Ask at the desk to put another cost matrix in force. Nothing changes until people approved it.

    The question shows what it asks for otherwise and whom it would have asked in the last ninety days.

    \b
    Example: countersign policy adopt --matrix new.toml --because "Log storage is $60 now."
    """
    from checkpoints.actions.own.rules import changing

    visit: Visit = ctx.obj
    with visit.trying("adopt a matrix", "desk"):
        label = changing.propose_matrix(visit.desk, visit.person, document(matrix), file_name(matrix), because)
    typer.echo(f"Asked as {label}. Nothing changes before it is approved: countersign show {label}")


@policy.command()
def simulate(
    ctx: typer.Context,
    matrix: MatrixFile,
    since: Annotated[
        date | None, typer.Option("--from", parser=day, metavar="DAY", help="The first, UTC. Else ninety days ago.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--to", parser=day, metavar="DAY", help="The last, UTC. Else today, until now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show who would have decided past requests under another matrix. Nothing is changed.

    The requests that would be decided by somebody else are listed, the most dangerous first.

    \b
    Example: countersign policy simulate --matrix new.toml --from 2026-01-01
    """
    from checkpoints.actions.own.rules import simulating

    visit: Visit = ctx.obj
    tried = simulating.try_matrix(visit.read(), document(matrix), file_name(matrix), since, until)
    if as_json:
        plain.write(_as_json(tried))
    else:
        _draw(tried)


def _in_force(visit: Visit) -> tuple[Matrix, str]:
    """The matrix that decides now, or the release's, and why nobody can say that it is the one."""
    from checkpoints.actions.own.rules import changing

    try:
        return changing.rule_in_force(visit.desk), ""
    except Unavailable:
        why = "The database does not answer. This matrix came with the release; people may have adopted another."
        return visit.rules.matrix, why


def _text_of(visit: Visit, version: str) -> str:
    """Byte for byte where it goes into a file; on a terminal nothing in it steers that."""
    from checkpoints.actions.own.rules import changing
    from checkpoints.rules.catalogue import HERE

    texts = {one.version: one.document for one in changing.history(visit.read())}
    texts[visit.rules.matrix.version] = (HERE / "matrix.toml").read_bytes().decode()
    found = texts.get(version)
    if found is None:
        raise Refused(f"There is no version {one_line(version)[:80]}. List them with: countersign policy history")
    return visible(found) if sys.stdout.isatty() else found


def document(typed: str) -> bytes:
    """What is in the file, or piped in; a little more than a matrix may have. Raises Refused."""
    if typed == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with Path(typed).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else "no path"
        raise Refused(f"The matrix {file_name(typed)} can't be read: {reason}. Nothing was changed.") from None


def file_name(typed: str) -> str:
    """What people call it."""
    return "the matrix" if typed == "-" else one_line(Path(typed).name)[:200]


def _draw(tried: Tried) -> None:
    simulation = tried.simulation
    typer.echo(bold(f"What {tried.matrix.version} asks for otherwise"))
    for change in tried.changes:
        told = wrapped(one_line(f"{change.before} → {change.after}"), f"  {change.where}: ", "    ")
        typer.echo(alarming(f"{told} (!)") if change.looser else told)
    if not tried.changes:
        typer.echo("  Nothing: it asks for the same people at every amount.")
    typer.echo(bold(f"\n{simulation.requests} requests, received from {when(tried.since)} to {when(tried.until)}"))
    for (then, now), many in simulation.counts:
        typer.echo(wrapped(one_line(then if then == now else f"{then} → {now}"), f"{many:>6}  "))
    passed = f"By rule: ${simulation.passed_then:,.2f} a month passed; ${simulation.passed_now:,.2f} would have."
    typer.echo(wrapped(passed, "        "))
    if simulation.differs:
        typer.echo(bold(f"\n{len(simulation.differs)} would be decided by somebody else, the most dangerous first"))
    for case in simulation.differs[:MOST]:
        typer.echo(_differs(case))
    if len(simulation.differs) > MOST:
        typer.echo(quiet(f"\nShown are {MOST}. All of them: --json"))


def _differs(case: Differs) -> str:
    amount = "no price" if case.amount is None else f"${case.amount:,.2f} a month"
    told = f"{case.kind}, {amount}: {case.action}; {case.then} → {case.now}; {case.danger.words} ({case.became})"
    line = wrapped(one_line(told), f"  {case.label}  ", "    ")
    return alarming(line) if case.danger <= 2 else line


def _as_json(tried: Tried) -> dict[str, object]:
    simulation = tried.simulation
    return {
        "version": tried.matrix.version,
        "from": tried.since,
        "to": tried.until,
        "changes": [vars(change) for change in tried.changes],
        "requests": simulation.requests,
        "counts": [{"then": then, "now": now, "requests": many} for (then, now), many in simulation.counts],
        "passed_by_rule_then": simulation.passed_then,
        "passed_by_rule_now": simulation.passed_now,
        "differs": [{**vars(case), "danger": case.danger.words} for case in simulation.differs],
    }
