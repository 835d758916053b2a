"""`countersign attach | evidence | alarm`: what a person brings to the desk from outside: a file, or bad news."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.shown.showing import one_line, visible
from checkpoints.core.shown.story import when
from to_tools.cli.looking import AsJson, Id
from to_tools.cli.visit import Visit
from to_tools.cli.writing import plain
from to_tools.cli.writing.terminal import quiet, wrapped

bringing = typer.Typer()
SHOWN_DIGITS = 12


@bringing.command()
def attach(
    ctx: typer.Context,
    id: Id,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any file up to 10 MB.", show_default=False)],
) -> None:
    """Attach evidence to a checkpoint that is open. Everybody at this desk can read it.

    \b
    Example: countersign attach read-later-digest/7 screenshot.png
    """
    from checkpoints.actions.from_outside import attaching

    visit: Visit = ctx.obj
    person, point = visit.person, visit.shown(id, "attach").point
    with visit.trying("attach", point.label):
        kept = attaching.attach(visit.desk, person, point.id, file.name, _content(file))
    typer.echo(wrapped(one_line(f"Attached to {point.label}: {kept.name}, {kept.size:,} bytes.")))
    typer.echo(f"Its SHA-256: {kept.sha256}")


@bringing.command()
def evidence(
    ctx: typer.Context,
    id: Id,
    get: Annotated[str, typer.Option(metavar="DIGITS", help="Write out the file whose SHA-256 begins so.")] = "",
    as_json: AsJson = False,
) -> None:
    """List a checkpoint's files.

    They are reports that its request brought, and evidence that people attached.

    \b
    Example: countersign evidence read-later-digest/7 --get 3f2a91c04b7d > report.json
    """
    visit: Visit = ctx.obj
    shown = visit.shown(id)
    if get:
        return _write_out(visit, shown.point.label, get)
    if as_json:
        return plain.write(plain.files(shown))
    files = [(file, shown.point.request.agent, shown.point.asked_at) for file in shown.point.request.attachments]
    files += [(attached.file, attached.person, attached.at) for attached in shown.evidence]
    for file, who, at in files:
        said = f"{file.name}, {file.size:,} bytes, {who}, {when(at)}"
        typer.echo(wrapped(one_line(said), f"{file.sha256[:SHOWN_DIGITS]}  "))
    if not files:
        typer.echo(f"{shown.point.label} has no files. Attach one with: countersign attach {shown.point.label} FILE")
    else:
        typer.echo(quiet(f"Read one with: countersign evidence {shown.point.label} --get DIGITS"))
    return None


@bringing.command()
def alarm(
    ctx: typer.Context,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's name in `project list`.")],
    summary: Annotated[str, typer.Option(metavar="WHAT", help="What is wrong; the escalation quotes it.")],
) -> None:
    """Say that something is wrong with a project. A CRITICAL escalation is opened.

    \b
    Example: countersign alarm read-later-digest --summary "Clients see an empty page."
    """
    from checkpoints.actions.from_outside import arriving

    visit: Visit = ctx.obj
    person = visit.person
    visit.tried = ("raise an alarm", project)
    arriving.sound(visit.desk, person, project, summary)
    typer.echo(
        wrapped(one_line(f"The alarm about {project} is kept; in a moment it is asked about: countersign inbox"))
    )


def _write_out(visit: Visit, label: str, digits: str) -> None:
    """As it is into a file or a pipe; on a terminal with its control characters made visible."""
    from checkpoints.actions.from_outside import fetching

    _, content = fetching.fetch(visit.read(), label, digits.lower())
    if sys.stdout.isatty():
        typer.echo(visible(content.decode("utf-8", "replace")))
    else:
        sys.stdout.buffer.write(content)


def _content(path: Path) -> bytes:
    """The file, or enough of it to see that it is too large. Raises Refused."""
    from checkpoints.store.from_outside.files import MOST_BYTES

    try:
        if not path.is_file():
            raise Refused(f"{one_line(str(path))[:200]} is no file. Nothing was attached.")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else "no path"
        raise Refused(f"{one_line(str(path))[:200]} can't be read: {reason}. Nothing was attached.") from None
