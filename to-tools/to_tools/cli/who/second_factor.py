"""`countersign second-factor enrol | confirm | codes | remove | reset`, and the code that an answer may need.

Rule: what is shown at enrolling is shown to this terminal once, and is written nowhere.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import quote

import typer

from checkpoints.core.errors import NeedsFactor, Refused
from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when
from to_tools.cli.visit import Visit
from to_tools.cli.writing.terminal import talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.actions.people.proving import Enrolling

second_factor = typer.Typer(no_args_is_help=True)
T = TypeVar("T")

ENROLLED = (
    "Enrolled. What deletes, reaches production or costs over $500 now asks you for a code; "
    "each proof holds for ten minutes in the shell or browser where it was given."
)
CODES = (
    "Recovery codes: each stands in once for a code, should the phone get lost. They are shown now and never again. "
    "Keep them where your passwords are, not on that phone:"
)
ASKED = (
    "Asked. Nothing of {name}'s is changed yet: another technical operator, who is not {name}, confirms it by {until}:"
)
GONE = (
    "{name} has no second factor any more, and is signed out everywhere. Give them, and nobody else, this link (one "
    "use, 30 minutes); the page leads them through enrolling and choosing a password:"
)
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
    _say_enrolled(_asked("The code that it shows now", lambda code: proving.confirm(visit.desk, visit.person, code)))


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
    _say_enrolled(proving.confirm(visit.desk, visit.person, code))


@second_factor.command()
def codes(ctx: typer.Context, otp: Otp = "") -> None:
    """Make ten new recovery codes. Each stands in once for a code, when the phone is lost; the old ones end.

    \b
    Example: countersign second-factor codes --otp 123456
    """
    from checkpoints.actions.people.accounts import recovering

    visit: Visit = ctx.obj
    with visit.trying("make recovery codes", visit.person.name):
        made = with_factor(visit, otp, lambda: recovering.renew(visit.desk, visit.person))
    _say_codes(made)


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


@second_factor.command()
def reset(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose factor is lost, as `people list` shows them.")],
    because: Annotated[str, typer.Option(help="Why, and how you know that it is they; the audit shows it.")] = "",
    confirm: Annotated[bool, typer.Option("--confirm", help="What another technical operator asked for.")] = False,
    otp: Otp = "",
) -> None:
    """Take a lost second factor away. One technical operator asks, another confirms, neither of them its owner.

    Then everything of theirs is signed out, and one link lets them enrol anew.

    \b
    Examples: countersign second-factor reset "Grace Hopper" --because "Lost the phone; I saw her in person."
              countersign second-factor reset "Grace Hopper" --confirm
    """
    from checkpoints.actions.people.accounts import resetting

    visit: Visit = ctx.obj
    if confirm == bool(because.strip()):
        raise Refused("Say one of the two: --because WHY to ask for it, or --confirm. Nothing was changed.")
    if confirm:
        with visit.trying("confirm the reset of a second factor", name):
            done = with_factor(visit, otp, lambda: resetting.confirm(visit.desk, visit.person, name))
        typer.echo(wrapped(one_line(GONE.format(name=done.name))))
        typer.echo(f"\n  {link(visit, done.sign_in)}")
        return
    with visit.trying("ask for the reset of a second factor", name):
        asked = with_factor(visit, otp, lambda: resetting.ask(visit.desk, visit.person, name, because))
    typer.echo(wrapped(one_line(ASKED.format(name=asked.name, until=when(asked.until)))))
    typer.echo(f'  countersign second-factor reset "{one_line(asked.name)}" --confirm')


def link(visit: Visit, token: str) -> str:
    """The address that signs in on the page, once."""
    return f"{visit.settings.page_url}/sign-in?token={quote(token)}"


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


def _say_enrolled(made: tuple[str, ...]) -> None:
    typer.echo(wrapped(ENROLLED))
    typer.echo("")
    _say_codes(made)


def _say_codes(made: tuple[str, ...]) -> None:
    typer.echo(wrapped(CODES))
    typer.echo("")
    for code in made:
        typer.echo(f"  {code}")
