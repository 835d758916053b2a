"""`countersign approve | reject | change | withdraw | reopen`: what a person says to a checkpoint.

Rule: an answer goes with the revision and digest that were read, and nothing but a person's word is a yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.model import Verdict
from checkpoints.core.shown.showing import one_line
from checkpoints.seeing.failpoints import reach
from to_tools.cli.looking import Id
from to_tools.cli.typed import filling
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing import drawing
from to_tools.cli.writing.terminal import talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.actions.reading import Shown

answering = typer.Typer()
SHOWN_DIGITS = 12

Because = Annotated[str, typer.Option("--because", metavar="WHY", help="Why; the agent and the story show it.")]
Set = Annotated[list[str] | None, typer.Option(metavar="FIELD=VALUE", help="Fill in a field; repeat for each.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask again.")]
Digest = Annotated[
    str,
    typer.Option(metavar="DIGEST", help="What exactly you looked at, as `show` names it; anything else is refused."),
]


@answering.command()
def approve(
    ctx: typer.Context,
    id: Id,
    set: Set = None,
    note: Annotated[str, typer.Option(help="A word to the agent and the story.")] = "",
    digest: Digest = "",
    yes: Yes = False,
    otp: Otp = "",
) -> None:
    """Say yes to exactly what is shown.

    On a terminal the card is shown first, what is to fill in is asked, then the yes itself, and a code if it needs one.

    \b
    Example: countersign approve read-later-digest/2 --set region=eu-west-1
    """
    visit: Visit = ctx.obj
    given = filling.settings_of(set or [])
    shown = visit.shown(id, "approve")
    if shown.card.gives:
        raise Refused(f"{drawing.how_to_give(shown.card)} Nothing was recorded.")
    may_be_approved, asking = Verdict.APPROVE in shown.card.verdicts, talks_to_a_person()
    if may_be_approved and not asking:
        _all_said(shown, given, yes)
    _try(visit, "approve", shown, digest)
    if not may_be_approved:
        # Deciding says why, and nothing needs to be filled in before.
        _answer(visit, shown, Verdict.APPROVE, given, note, otp)
        return
    if asking and not yes:
        typer.echo(f"{drawing.draw_card(shown.card)}\n")
        visit.was_shown(shown)
    fields = filling.filled(shown.card, given)
    if not yes and not typer.confirm(_question(shown, fields), default=False):
        typer.echo("Not approved. Nothing was recorded.")
        raise typer.Exit(1)
    _answer(visit, shown, Verdict.APPROVE, fields, note, otp)


@answering.command("break-glass")
def break_glass(
    ctx: typer.Context,
    id: Id,
    because: Annotated[str, typer.Option("--because", metavar="WHY", help="Why it can't wait; everybody is told.")],
    set: Set = None,
    digest: Digest = "",
    yes: Yes = False,
    otp: Otp = "",
) -> None:
    """Approve alone what others have to approve too, in an emergency.

    For a technical operator, with their second factor. Everybody at this desk is told, and the audit and every export
    of it mark it for good. Whoever was passed over can look at it with: countersign history ID

    \b
    Example: countersign break-glass read-later-digest/9 --because "Production is down." --otp 123456
    """
    from checkpoints.actions import deciding

    visit: Visit = ctx.obj
    shown = _before(visit, "break the glass for", id, digest)
    if shown.card.gives:
        raise Refused(f"{drawing.how_to_give(shown.card)} Nothing was recorded.")
    given = filling.settings_of(set or [])
    if not talks_to_a_person():
        _all_said(shown, given, yes)
    elif not yes:
        typer.echo(f"{drawing.draw_card(shown.card)}\n")
    fields = filling.filled(shown.card, given)
    if not yes and not typer.confirm(f"Break the glass for {shown.point.label}? Everybody is told", default=False):
        typer.echo("No glass was broken. Nothing was recorded.")
        raise typer.Exit(1)
    point = shown.point
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE, fields, because)
    with_factor(visit, otp, lambda: deciding.break_glass(visit.desk, visit.person, press))
    _show_after(visit, point.label)


@answering.command()
def reject(ctx: typer.Context, id: Id, because: Because, digest: Digest = "") -> None:
    """Say no. What follows from a no stands on the card.

    \b
    Example: countersign reject read-later-digest/1 --because "The client left."
    """
    visit: Visit = ctx.obj
    _answer(visit, _before(visit, "reject", id, digest), Verdict.REJECT, {}, because)


@answering.command()
def change(
    ctx: typer.Context,
    id: Id,
    what: Annotated[str, typer.Option("--what", metavar="WHAT", help="What to change; the agent works from it.")],
    digest: Digest = "",
) -> None:
    """Ask for changes.

    The agent comes back with the next revision, or says what it can't do.

    \b
    Example: countersign change read-later-digest/3 --what "region eu-west-1"
    """
    visit: Visit = ctx.obj
    _answer(visit, _before(visit, "ask for changes", id, digest), Verdict.CHANGES, {}, what)


@answering.command()
def withdraw(ctx: typer.Context, id: Id, because: Because) -> None:
    """Take a question off the desk.

    \b
    Example: countersign withdraw read-later-digest/4 --because "Bought elsewhere."
    """
    from checkpoints.actions import withdrawing

    visit: Visit = ctx.obj
    shown = _before(visit, "withdraw", id)
    after = withdrawing.withdraw(visit.desk, visit.person, shown.point.id, because)
    _show_after(visit, after.label)


@answering.command()
def reopen(ctx: typer.Context, id: Id, because: Because) -> None:
    """Ask anew what was rejected, expired or withdrawn.

    It gets a new number, and the project goes on where it stopped.

    \b
    Example: countersign reopen read-later-digest/1 --because "The client is back."
    """
    from checkpoints.actions.courses import opening

    visit: Visit = ctx.obj
    shown = _before(visit, "reopen", id)
    again = opening.reopen(visit.desk, visit.person, shown.point.id, because)
    typer.echo(f"Recorded: {shown.point.label} is asked again as {again.label}.")
    typer.echo(f"Look at it with: countersign show {again.label}")


def _before(visit: Visit, verb: str, id: str, digest: str = "") -> Shown:
    shown = visit.shown(id, verb)
    _try(visit, verb, shown, digest)
    return shown


def _try(visit: Visit, verb: str, shown: Shown, digest: str) -> None:
    """From here on a refusal is written into the audit. Raises IllegalMove when something else was looked at."""
    visit.tried = (verb, shown.point.label)
    if digest and not _names(digest, shown.point.digest):
        raise IllegalMove(
            f"{shown.point.label} is about {shown.card.digest_short} now, not about {one_line(digest)[:80]}. "
            "Your answer was not recorded. Look at it again."
        )


def _names(typed: str, digest: str) -> bool:
    """The whole digest, or as much of it as a card shows, with or without the spaces."""
    typed = "".join(typed.split()).lower()
    return len(typed) >= SHOWN_DIGITS and digest.startswith(typed)


def _all_said(shown: Shown, given: Mapping[str, str], yes: bool) -> None:
    """Nobody can be asked here, so every field and the yes must have been typed. Raises Refused: what to type."""
    if filling.missing(shown.card, given):
        raise Refused(filling.to_type(shown.card, given))
    if not yes:
        digest = "".join(shown.card.digest_short.split())
        raise Refused(
            "Nobody can be asked here, so nothing was approved. "
            f"If you have looked at {shown.point.label}, add: --yes --digest {digest}"
        )


def _question(shown: Shown, fields: Mapping[str, str]) -> str:
    said = ", ".join(f"{name} = {value}" for name, value in fields.items())
    return one_line(f"Approve {shown.point.label}{f' with {said}' if said else ''}?")


def _answer(visit: Visit, shown: Shown, verdict: Verdict, fields: Mapping[str, str], note: str, otp: str = "") -> None:
    from checkpoints.actions import deciding

    point = shown.point
    press = deciding.Press(point.id, point.revision, point.digest, verdict, fields, note)
    with_factor(visit, otp, lambda: deciding.answer(visit.desk, visit.person, press))
    _show_after(visit, point.label)


def _show_after(visit: Visit, label: str) -> None:
    """The answer is recorded by now; this says so, and what it came to."""
    from checkpoints.actions import reading

    visit.tried = None
    after = reading.show(visit.desk, label)
    if after.response:
        typer.echo(drawing.draw_response(after.response))
    else:
        typer.echo(wrapped(one_line(f"Recorded. {after.card.stands} {after.card.next}")))
    reach("K6")
