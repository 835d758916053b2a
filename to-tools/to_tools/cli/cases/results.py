"""What became of many, a line each, and the exit code of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from checkpoints.core.shown.showing import one_line
from to_tools.cli.visit import exit_code
from to_tools.cli.writing.terminal import wrapped

if TYPE_CHECKING:
    from checkpoints.actions.courses.bundling import Result


def say(results: Sequence[Result]) -> None:
    """Exits with the code of the first that was not recorded, once all are said."""
    for result in results:
        no = "Not recorded. " if result.no else ""
        typer.echo(wrapped(one_line(f"{no}{result.words}"), f"{result.point.label}: ", "  "))
    refused = [result.no for result in results if result.no]
    typer.echo(f"{len(results) - len(refused)} of {len(results)} recorded.")
    if refused:
        raise typer.Exit(exit_code(refused[0]))
