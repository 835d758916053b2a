"""The command, and its screen: what is wrong first and with its next command; what is fine in a line, or folded."""

import shutil
from collections.abc import Iterator

import typer

from checkpoints.core.shown.showing import one_line
from to_tools.cli.doctor.finding import Finding, Mark
from to_tools.cli.looking import AsJson
from to_tools.cli.writing import plain
from to_tools.cli.writing.terminal import WIDTH, alarming, bold, quiet, wrapped

SOMETHING_IS_WRONG = 6
INDENT = " " * 8
LEAST_LINES = 24
FOLDED_LINES = 3
"""What the folded subjects take at most."""
DULL = {"settings", "keys", "leftovers", "schema", "receiving", "permits", "journal", "runs", "second factor", "disk"}
"""What is folded first while it is fine."""

doctor = typer.Typer()


@doctor.command("doctor")
def look_at_everything(as_json: AsJson = False) -> None:
    """Say what runs, what is wrong and what to do. Changes nothing. Exits 6 when something is wrong.

    \b
    Example: countersign doctor
    """
    from to_tools.cli.doctor.examining import examine

    found = examine()
    wrong = sum(one.mark is Mark.WRONG for one in found)
    if as_json:
        plain.write({"wrong": wrong, "findings": [vars(one) for one in found]})
    else:
        typer.echo("\n".join(draw(found, max(LEAST_LINES, shutil.get_terminal_size().lines))))
    raise typer.Exit(SOMETHING_IS_WRONG if wrong else 0)


def draw(found: list[Finding], screen: int) -> list[str]:
    """At most so many lines where they can hold it: what is fine is folded first, what is only worth a look next."""
    bad, fair = lines(_marked(found, Mark.WRONG)), lines(_marked(found, Mark.LOOK))
    fine = sorted(_marked(found, Mark.OK), key=lambda one: one.subject in DULL)
    end = _end(_marked(found, Mark.WRONG), _marked(found, Mark.LOOK))
    room = screen - 1 - len(bad) - len(fair) - len(end)
    if room < FOLDED_LINES:
        fair = _folded(_marked(found, Mark.LOOK))
    elif len(fine) > room:
        shown = room - FOLDED_LINES
        return [*bad, *fair, *lines(fine[:shown]), *_folded(fine[shown:]), *end]
    return [*bad, *fair, *(lines(fine) if len(fine) <= room else _folded(fine)), *end]


def _marked(found: list[Finding], mark: Mark) -> list[Finding]:
    return [one for one in found if one.mark is mark]


def lines(found: list[Finding]) -> list[str]:
    """As they are drawn, none left out."""
    return [line for one in found for line in _of(one)]


def _of(one: Finding) -> Iterator[str]:
    line = wrapped(one_line(one.found), f"{one.mark:<6}  {one.subject}: ", INDENT)
    if one.mark is Mark.OK:
        yield _cut(line.replace(f"\n{INDENT}", " "))
        return
    yield from (alarming(line) if one.mark is Mark.WRONG else line).split("\n")
    if one.do:
        # Not wrapped: it is there to be copied.
        yield f"{INDENT}→ {one_line(one.do)}"
    if one.page:
        yield quiet(f"{INDENT}  {one.page}")


def _folded(found: list[Finding]) -> list[str]:
    if not found:
        return []
    names = ", ".join(dict.fromkeys(one.subject for one in found))
    return wrapped(names, f"{found[0].mark:<6}  ", INDENT).split("\n")


def _end(bad: list[Finding], fair: list[Finding]) -> list[str]:
    if bad:
        return [bold(f"{len(bad)} wrong, {len(fair)} worth a look. All of it, for scripts: countersign doctor --json")]
    return [bold(f"Nothing is wrong, {len(fair)} worth a look." if fair else "Nothing is wrong.")]


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
