"""`countersign bundle list | show | approve | reject`: what waits together, as one card; each line gets its own answer.

Rule: an answer goes with the digest of all lines that were read; a changed bundle is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.digest import short
from checkpoints.core.errors import IllegalMove, Refused
from checkpoints.core.model import Verdict
from checkpoints.core.shown.bundle import bundles as made
from checkpoints.core.shown.bundle import one_by_one, own_card
from checkpoints.core.shown.showing import one_line
from to_tools.cli.cases.results import say
from to_tools.cli.looking import AsJson
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing import drawing, plain
from to_tools.cli.writing.terminal import alarming, bold, quiet, talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.actions.courses.bundling import Said
    from checkpoints.core.shown.bundle import Bundle

bundles = typer.Typer(no_args_is_help=True)
SHOWN_DIGITS = 12

Name = Annotated[str, typer.Argument(metavar="NAME", help="As `bundle list` shows it.")]
Lines = Annotated[list[str] | None, typer.Option("--line", metavar="ID", help="Only this one; repeat for each.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask again.")]
Digest = Annotated[str, typer.Option(metavar="DIGEST", help="What exactly you looked at, as `bundle show` names it.")]


@bundles.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List what waits together: one kind in several projects, one phase of one, a flood.

    \b
    Example: countersign bundle list
    """
    from checkpoints.actions import reading

    visit: Visit = ctx.obj
    found = reading.inbox(visit.read())
    named = [(f"flood:{flood.case}", f"{flood.title}, asked all at once", flood.questions) for flood in found.floods]
    of_points = made(found.points, visit.desk.kinds)
    named += [(bundle.name, bundle.title, len(bundle.lines) + bundle.more) for bundle in of_points]
    if as_json:
        plain.write([{"name": name, "title": title, "questions": questions} for name, title, questions in named])
    elif not named:
        typer.echo("Nothing waits together.")
    for name, title, questions in () if as_json else named:
        typer.echo(wrapped(one_line(f"{title}: {questions} wait"), f"{name}  ", "  "))


@bundles.command()
def show(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show a bundle: what is asked on each line, and which of them need their own card.

    \b
    Example: countersign bundle show phase:read-later-digest:development
    """
    from checkpoints.actions.courses import bundling

    visit: Visit = ctx.obj
    found = bundling.show(visit.read(), name)
    if not as_json:
        _draw(visit, found)
        return
    lines = [{**plain.waiting(point), "own_card": own_card(point)} for point in found.lines]
    values = {"name": found.name, "title": found.title, "digest": found.digest, "more": found.more}
    plain.write({**values, "one_by_one": one_by_one(found), "lines": lines})


@bundles.command()
def approve(
    ctx: typer.Context,
    name: Name,
    line: Lines = None,
    note: Annotated[str, typer.Option(help="A word to the agents and the stories.")] = "",
    digest: Digest = "",
    yes: Yes = False,
    otp: Otp = "",
) -> None:
    """Say yes to each line of a bundle, or to those that you name. They are shown first.

    All at once only where none is at high risk, none has something to fill in, and all are of one kind. What is at high
    risk is approved on its own card.

    \b
    Examples: countersign bundle approve kind:spend
              countersign bundle approve kind:spend --line read-later-digest/7 --line other/3
    """
    from checkpoints.actions.courses import bundling

    visit: Visit = ctx.obj
    with visit.trying("approve a bundle", name):
        found = _before(visit, name, digest, "approve", line or [], yes)
        said = _to_each(found, line or [], bundling.Said(Verdict.APPROVE, note))
        every, desk, person = not line, visit.desk, visit.person
        results = with_factor(
            visit,
            otp,
            lambda: (
                bundling.approve_all(desk, person, name, found.digest, note)
                if every
                else bundling.answer(desk, person, name, found.digest, said)
            ),
        )
    say(results)


@bundles.command()
def reject(
    ctx: typer.Context,
    name: Name,
    because: Annotated[str, typer.Option("--because", metavar="WHY", help="Why; each agent and story shows it.")],
    line: Lines = None,
    digest: Digest = "",
    yes: Yes = False,
) -> None:
    """Say no to each line of a bundle, or to those that you name. They are shown first.

    \b
    Example: countersign bundle reject flood:read-later-digest --because "Asked by mistake."
    """
    from checkpoints.actions.courses import bundling

    visit: Visit = ctx.obj
    with visit.trying("reject a bundle", name):
        found = _before(visit, name, digest, "reject", line or [], yes)
        said = _to_each(found, line or [], bundling.Said(Verdict.REJECT, because))
        results = bundling.answer(visit.desk, visit.person, name, found.digest, said)
    say(results)


def _before(visit: Visit, name: str, digest: str, verb: str, lines: Sequence[str], yes: bool) -> Bundle:
    """The bundle, once it was looked at and somebody said that they mean it. Raises IllegalMove, Refused."""
    from checkpoints.actions.courses import bundling

    found = bundling.show(visit.read(), name)
    typed = "".join(digest.split()).lower()
    if digest and not (len(typed) >= SHOWN_DIGITS and found.digest.startswith(typed)):
        raise IllegalMove(
            f"“{found.title}” has changed since you looked at it. Nothing was recorded. Look at it again."
        )
    if not found.lines:
        raise IllegalMove(f"Nothing of “{one_line(name)}” waits. Nothing was recorded.")
    if verb == "approve" and not lines and (why := one_by_one(found)):
        raise Refused(f"{why} Nothing was recorded. Name the others with --line, and show each of these by itself.")
    how_many = len(lines) or len(found.lines)
    if not talks_to_a_person():
        if not (yes and digest):
            digits = found.digest[:SHOWN_DIGITS]
            raise Refused(
                "Nobody can be asked here, so nothing was recorded. "
                f"If you have looked at them (countersign bundle show {one_line(name)}), add: --yes --digest {digits}"
            )
        return found
    _draw(visit, found)
    if not yes and not typer.confirm(
        f"\n{verb.capitalize()} {'these ' if lines else 'all '}{how_many}?", default=False
    ):
        typer.echo("Nothing was recorded.")
        raise typer.Exit(1)
    return found


def _to_each(found: Bundle, lines: Sequence[str], said: Said) -> dict[str, Said]:
    return dict.fromkeys(lines or [point.label for point in found.lines], said)


def _draw(visit: Visit, found: Bundle) -> None:
    from checkpoints.actions.people import attending
    from checkpoints.core.shown.card import card

    typer.echo(f"{bold(one_line(found.title))}\n")
    for point in found.lines:
        typer.echo(drawing.draw_line_of_a_bundle(card(point, visit.desk.kinds.get(point.kind))))
        if why := own_card(point):
            typer.echo(alarming(wrapped(one_line(why), "  ! ")))
        typer.echo("")
    if not found.lines:
        typer.echo("Nothing of this waits.")
        return
    attending.shown(visit.desk, visit.reader, found.lines)
    more = f" {found.more} more come when these are answered." if found.more else ""
    typer.echo(quiet(f"{len(found.lines)} wait together ({short(found.digest)}).{more}"))
    typer.echo(quiet(wrapped(one_by_one(found) or f"Answer all: countersign bundle approve {found.name}")))
