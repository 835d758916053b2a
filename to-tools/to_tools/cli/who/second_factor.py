"""`countersign second-factor enrol | confirm | remove`, and the code that an answer may need.

Rule: what is shown at enrolling is shown to this terminal once, and is written nowhere.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from checkpoints.core.errors import NeedsFactor, Refused
from checkpoints.core.shown.showing import one_line
from to_tools.cli.visit import Visit
from to_tools.cli.writing.terminal import talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.actions.people.proving import Enrolling

second_factor = typer.Typer(no_args_is_help=True)
T = TypeVar("T")

Otp = Annotated[str, typer.Option("--otp", metavar="CODE", help="A code of your second factor, where it is needed.")]


@second_factor.command()
def enrol(ctx: typer.Context, otp: Otp = "") -> None:
    """Enrol an authenticator app on your phone. Another one instead, with a code of the one that you have.

    \b
    Example: countersign second-factor enrol
    """
    from checkpoints.actions.people import proving

    visit: Visit = ctx.obj
    try:
        enrolling = proving.enrol(visit.desk, visit.person, otp)
    except NeedsFactor:
        if otp or not talks_to_a_person():
            raise
        typer.echo("You have a second factor; the new one will hold instead of it.")
        enrolling = _asked("A code of the one that you have", lambda c: proving.enrol(visit.desk, visit.person, c))
    _show(enrolling)
    if not talks_to_a_person():
        typer.echo("Then type the code that it shows, within half an hour: countersign second-factor confirm CODE")
        return
    _asked("The code that it shows now", lambda code: proving.confirm(visit.desk, visit.person, code))
    typer.echo(_enrolled())


@second_factor.command()
def confirm(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="What the authenticator shows now.")],
) -> None:
    """Say by its first code that the authenticator works. From then on it holds.

    \b
    Example: countersign second-factor confirm 123456
    """
    from checkpoints.actions.people import proving

    visit: Visit = ctx.obj
    proving.confirm(visit.desk, visit.person, code)
    typer.echo(_enrolled())


@second_factor.command()
def remove(ctx: typer.Context, otp: Otp = "") -> None:
    """Remove your second factor, with a code of it. What needs one can't be approved by you from then on.

    \b
    Example: countersign second-factor remove --otp 123456
    """
    from checkpoints.actions.people import proving

    visit: Visit = ctx.obj
    if not otp and not talks_to_a_person():
        raise Refused("A code of it removes it. Nothing was changed. Add: --otp 123456")
    if otp:
        proving.end(visit.desk, visit.person, otp)
    else:
        _asked("A code of it", lambda code: proving.end(visit.desk, visit.person, code))
    typer.echo("You have no second factor any more. Enrol one: countersign second-factor enrol")


def with_factor(visit: Visit, otp: str, decide: Callable[[], T]) -> T:
    """What is decided, once the code that was typed is proven; on a terminal one is asked for where it is needed.

    Raises NeedsFactor where nobody can be asked, or nothing is enrolled, and what `decide` raises.
    """
    if otp:
        _prove(visit, otp)
        return decide()
    try:
        return decide()
    except NeedsFactor as needs:
        if not (needs.enrolled and talks_to_a_person()):
            raise
    typer.echo("This needs your second factor.")
    _asked("The code that your authenticator shows", lambda code: _prove(visit, code))
    return decide()


def _prove(visit: Visit, code: str) -> None:
    from checkpoints.actions.people import proving

    proving.prove(visit.desk, visit.person, code)


def _asked(question: str, use: Callable[[str], T]) -> T:
    """What a code gives, asked for until it is right; Ctrl-C ends it."""
    while True:
        try:
            return use(str(typer.prompt(question)))
        except Refused as wrong:
            typer.echo(wrapped(one_line(str(wrong)), "  "))


def _show(enrolling: Enrolling) -> None:
    import segno

    drawn = io.StringIO()
    segno.make(enrolling.uri, error="l").terminal(drawn, compact=True)
    typer.echo("Scan this with an authenticator app (any that knows TOTP). It is shown once.\n")
    typer.echo(drawn.getvalue())
    typer.echo(f"Or type this into the app:  {enrolling.typed}")
    # Not wrapped: it is to be copied whole.
    typer.echo(f"Or open this in it:  {enrolling.uri}\n")


def _enrolled() -> str:
    return wrapped(
        "Enrolled. What deletes, reaches production or costs over $500 now asks you for a code; "
        "each proof holds for ten minutes in the shell or browser where it was given."
    )
