"""`countersign bulk withdraw | reopen | pre-approve`: one reason for many, which are listed before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.shown.showing import one_line
from to_tools.cli.cases.results import say
from to_tools.cli.records.pre_approvals import Cap, Free, Like, Until, ends
from to_tools.cli.visit import Visit
from to_tools.cli.writing.terminal import talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.actions.courses.bundling import Result
    from checkpoints.core.view import Checkpoint
    from checkpoints.store.work.many.filtered import Filter

bulk = typer.Typer(no_args_is_help=True)
DONE = {"withdraw": "withdrawn", "reopen": "reopened"}

Because = Annotated[str, typer.Option("--because", metavar="WHY", help="Why; the story of each shows it.")]
Kind = Annotated[str, typer.Option("--kind", metavar="KIND", help="Of this kind, as the catalogue names it.")]
Client = Annotated[str, typer.Option("--client", metavar="CLIENT", help="Of this client's projects.")]
Case = Annotated[str, typer.Option("--case", metavar="PATTERN", help="Of these projects: 'read-*'.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask again.")]


@bulk.command()
def withdraw(
    ctx: typer.Context, because: Because, kind: Kind = "", client: Client = "", case: Case = "", yes: Yes = False
) -> None:
    """Take many questions off the desk: all that wait and have this in common.

    They are listed first. Then each gets its result, whatever becomes of the others.

    \b
    Example: countersign bulk withdraw --kind spend --case 'read-*' --because "Bought elsewhere."
    """
    from checkpoints.actions.courses import sweeping

    visit: Visit = ctx.obj
    with visit.trying("withdraw many", _named(kind, client, case)):
        points = sweeping.withdrawable(visit.read(), _filter(kind, client, case))
        _do("withdraw", points, yes, lambda: sweeping.withdraw(visit.desk, visit.person, points, because))


@bulk.command()
def reopen(
    ctx: typer.Context, because: Because, kind: Kind = "", client: Client = "", case: Case = "", yes: Yes = False
) -> None:
    """Ask many questions anew: all that were rejected, expired or withdrawn and have this in common.

    They are listed first. Each gets a new number, and its result, whatever becomes of the others.

    \b
    Example: countersign bulk reopen --client "Client Inc." --because "The client is back."
    """
    from checkpoints.actions.courses import sweeping

    visit: Visit = ctx.obj
    with visit.trying("reopen many", _named(kind, client, case)):
        points = sweeping.reopenable(visit.read(), _filter(kind, client, case))
        _do("reopen", points, yes, lambda: sweeping.reopen(visit.desk, visit.person, points, because))


@bulk.command("pre-approve")
def pre_approve(
    ctx: typer.Context,
    because: Because,
    like: Like,
    cap: Cap,
    free: Free = None,
    uses: Annotated[int, typer.Option(help="How many times, in all of them together.")] = 1,
    until: Until = None,
    client: Client = "",
    case: Case = "",
    yes: Yes = False,
) -> None:
    """Ask at the desk that requests like one you know may pass in many projects: all at work that have this in common.

    They are listed first, with what was asked there so far that would have passed. Then one question is asked, which
    names each of them; nothing passes until it is approved. What is at high risk can't be pre-approved.

    \b
    Example: countersign bulk pre-approve --like shop/7 --cap 60 --uses 5 --client "Client Inc." --because "Same store."
    """
    from checkpoints.actions.own.rules import pre_approving

    visit: Visit = ctx.obj
    label = visit.label(like, "pre-approve many")
    with visit.trying("pre-approve many", _named("", client, case)):
        wish = pre_approving.Wish(label, tuple(free or ()), cap, uses, ends(visit, until))
        found = pre_approving.would_hold(visit.read(), wish, _filter("", client, case))
        for slug, so_far in found.items():
            typer.echo(wrapped(one_line(f"{len(so_far)} like it so far {', '.join(so_far[:9])}"), f"{slug}  "))
        if not yes:
            _ask("pre-approve", len(found))
        asked = pre_approving.propose_pre_approval(visit.desk, visit.person, replace(wish, cases=tuple(found)), because)
    for slug in found:
        typer.echo(f"{slug}: asked as {asked}.")
    typer.echo(f"Nothing passes by it until it is approved: countersign show {asked}")


def _filter(kind: str, client: str, case: str) -> Filter:
    from checkpoints.store.work.many.filtered import Filter

    return Filter(kind.strip(), client.strip(), case.strip())


def _named(kind: str, client: str, case: str) -> str:
    said = (("kind", kind), ("client", client), ("case", case))
    return " ".join(f"{name}={word}" for name, word in said if word)


def _do(verb: str, points: Sequence[Checkpoint], yes: bool, do: Callable[[], list[Result]]) -> None:
    if not points:
        typer.echo(f"Nothing of this can be {DONE[verb]}.")
        return
    for point in points:
        typer.echo(wrapped(one_line(f"{point.request.action} ({point.case_title}), {point.state}"), f"{point.label}  "))
    if not yes:
        _ask(verb, len(points))
    say(do())


def _ask(verb: str, how_many: int) -> None:
    if not talks_to_a_person():
        raise Refused(f"Nobody can be asked here, so nothing was done. To {verb} these {how_many}, add: --yes")
    typed = typer.prompt(f"To {verb} all of them, type their number ({how_many})", default="", show_default=False)
    if typed.strip() != str(how_many):
        typer.echo("Nothing was done.")
        raise typer.Exit(1)
