"""`countersign pre-approve`: what fits a template passes a few times without being asked about; listed, and revoked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when
from to_tools.cli.records.audit import day
from to_tools.cli.visit import Visit
from to_tools.cli.writing.terminal import bold, wrapped

if TYPE_CHECKING:
    from checkpoints.core.work.rules.pre_approval import Adopted

pre_approvals = typer.Typer()


def _dollars(typed: str) -> Decimal:
    try:
        return Decimal(typed)
    except InvalidOperation:
        raise typer.BadParameter(f"{typed!r} is no amount. Right would be 60 or 59.90.") from None


Like = Annotated[str, typer.Option("--like", metavar="ID", help="A question that serves as template.")]
Free = Annotated[
    list[str] | None, typer.Option("--free", metavar="NAME", help="A parameter of it that may differ; again for more.")
]
Cap = Annotated[Decimal, typer.Option(parser=_dollars, metavar="USD", help="What each use may cost a month at most.")]
Until = Annotated[
    date | None, typer.Option(parser=day, metavar="DAY", help="The last day, UTC. Else a month from now.")
]
Because = Annotated[str, typer.Option("--because", metavar="WHY", help="Why; the question and the audit show it.")]


@pre_approvals.command("pre-approve")
def pre_approve(
    ctx: typer.Context,
    like: Like = "",
    free: Free = None,
    cap: Cap = Decimal(0),
    uses: Annotated[int, typer.Option(help="How many times.")] = 1,
    until: Until = None,
    case: Annotated[str, typer.Option("--project", metavar="PROJECT", help="In this project only.")] = "",
    client: Annotated[str, typer.Option(help="In every project of this client.")] = "",
    revoke: Annotated[str, typer.Option("--revoke", metavar="ID", help="Revoke the one of this number, at once.")] = "",
    because: Because = "",
    show_all: Annotated[bool, typer.Option("--list", help="List all that there are.")] = False,
) -> None:
    """Ask at the desk that requests like one you know may pass without being asked about. Or list, or revoke.

    They pass only at most so often, up to a price, until a day, where everything but what is --free is the same. Who
    must approve it depends on the price of all uses together. What always needs a person can't be pre-approved.

    \b
    Examples: countersign pre-approve --like shop/7 --cap 60 --uses 5 --project shop --because "Same log store."
              countersign pre-approve --list
              countersign pre-approve --revoke desk/14 --because "The price list changed."
    """
    visit: Visit = ctx.obj
    if show_all:
        _list(visit)
    elif revoke:
        _revoke(visit, revoke, because)
    elif like and cap:
        _ask(visit, like, (tuple(free or ()), cap, uses, until, case, client), because)
    else:
        raise typer.BadParameter(
            "Say what it is like and what it may cost: --like shop/7 --cap 60; or --list, --revoke."
        )


def _ask(
    visit: Visit, like: str, terms: tuple[tuple[str, ...], Decimal, int, date | None, str, str], because: str
) -> None:
    from checkpoints.actions.own.rules import pre_approving

    free, cap, uses, until, case, client = terms
    label = visit.label(like, "pre-approve")
    with visit.trying("pre-approve", label):
        wish = pre_approving.Wish(label, free, cap, uses, ends(visit, until), case, client)
        asked = pre_approving.propose_pre_approval(visit.desk, visit.person, wish, because)
    typer.echo(f"Asked as {asked}. Nothing passes by it until it is approved: countersign show {asked}")


def ends(visit: Visit, until: date | None) -> datetime:
    """The end of the last day; else a month from now."""
    from checkpoints.actions import reading

    last = until or (reading.now(visit.desk) + timedelta(days=30)).date()
    return datetime.combine(last, time(), UTC) + timedelta(days=1)


def _revoke(visit: Visit, label: str, because: str) -> None:
    from checkpoints.actions.own.rules import pre_approving

    with visit.trying("revoke", label):
        done = pre_approving.revoke(visit.desk, visit.person, label, because)
    typer.echo(f"Revoked: nothing passes by {done.label} any more.")
    if done.void:
        typer.echo(wrapped(", ".join(done.void), "Void, for it was not begun: "))


def _list(visit: Visit) -> None:
    from checkpoints.actions import reading
    from checkpoints.actions.own.rules import pre_approving

    found = pre_approving.every(visit.read())
    now = reading.now(visit.desk)
    for one in found:
        typer.echo(_drawn(one, now))
    if not found:
        typer.echo("Nothing is pre-approved.")


def _drawn(one: Adopted, now: datetime) -> str:
    terms = one.terms
    over = "over" if terms.until <= now else "used up" if one.used >= terms.uses else f"until {when(terms.until)}"
    stands = "revoked" if one.revoked else over
    told = f"{terms.template.kind} {terms.where}, up to ${terms.cap:,.2f} a month"
    told += f"; used {one.used} of {terms.uses}; {stands}"
    free = f"; may be anything: {', '.join(terms.template.free)}" if terms.template.free else ""
    by = f"; adopted by {one.adopted_by}"
    return f"{bold(one.label)}\n{wrapped(one_line(f'{terms.template.subject}: {told}{free}{by}'), '  ')}"
