"""`countersign audit verify | anchor | key | export | show`: what was written down."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from checkpoints.core.audit import Anchor, Erasure
from checkpoints.core.fields import check_email
from checkpoints.core.shown.showing import one_line
from to_tools.cli.looking import AsJson
from to_tools.cli.visit import Visit
from to_tools.cli.writing import drawing, plain
from to_tools.cli.writing.terminal import wrapped

audit = typer.Typer(no_args_is_help=True)


@audit.command()
def verify(
    ctx: typer.Context,
    anchor: Annotated[
        list[Path] | None, typer.Option(help="A signed head that you kept; again for more. Else the desk's own.")
    ] = None,
    public_key: Annotated[str, typer.Option(help="The key that signed them, as audit key said. Else the desk's.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check that no line of the audit was changed, moved or taken away. Exits 1 when one was.

    Whoever owns the database can write all of it anew: only heads that were signed before, and kept elsewhere, show
    that. See: countersign audit anchor.

    \b
    Examples: countersign audit verify
              countersign audit verify --anchor audit-000000412.json --public-key 3b6a…
    """
    from checkpoints.actions.audit import anchoring

    visit: Visit = ctx.obj
    verified = anchoring.verify(visit.desk, anchor or (), public_key)
    if as_json:
        signed = [vars(head) for head in verified.anchors]
        erased = [
            {**vars(it), "left": {str(number): left for number, left in it.left.items()}} for it in verified.erasures
        ]
        said = {"lines": verified.lines, "wrong": list(verified.wrong), "anchors": signed}
        plain.write(said | {"erased": verified.erased, "erasures": erased})
    elif verified.wrong:
        typer.echo(f"The audit does not hold ({verified.lines} lines):")
        for told in verified.wrong[:50]:
            typer.echo(wrapped(told, "  - "))
        typer.echo("Stop deciding here, keep the database as it is, and compare it with your last backup.")
    else:
        typer.echo(f"The audit holds: {verified.lines} lines, each follows from the one before.")
        typer.echo(_signed(verified.anchors))
        for place, told in enumerate(_erased(verified.erased, verified.erasures)):
            typer.echo(wrapped(one_line(told), "  " if place else ""))
    raise typer.Exit(1 if verified.wrong else 0)


def _signed(anchors: Sequence[Anchor]) -> str:
    if not anchors:
        return "No signed head was there to compare it with. Make one: countersign audit anchor"
    last = anchors[-1]
    held = "A signed head is in it" if len(anchors) == 1 else f"All {len(anchors)} signed heads are in it"
    return f"{held}: the last is line {last.number}, of {last.at}."


def _erased(lines: int, erasures: Sequence[Erasure]) -> Iterator[str]:
    if erasures:
        yield f"erased: {lines} lines hold no personal data any more of whom the desk erased:"
    for it in erasures:
        yield f"line {it.number}, {it.at[:19]}, {it.pseudonym}, in {len(it.left)} lines: {it.because}"


@audit.command("anchor")
def anchor_now(
    ctx: typer.Context,
    git: Annotated[Path | None, typer.Option(metavar="REPOSITORY", help="Tag it in this git repository too.")] = None,
    mail: Annotated[str, typer.Option(metavar="ADDRESS", help="Mail it there too.")] = "",
) -> None:
    """Sign the audit's end as it is now, into a file to keep elsewhere. The desk does it by itself once an hour.

    \b
    Examples: countersign audit anchor
              countersign audit anchor --git ~/evidence --mail auditor@example.com
    """
    from checkpoints import wiring
    from checkpoints.actions.audit import anchoring, depositing

    visit: Visit = ctx.obj
    to = check_email(mail) if mail else ""
    signed = anchoring.anchor(visit.desk)
    if signed is None:
        typer.echo("Nothing was written yet, so there is nothing to sign.")
        return
    head, file = signed
    typer.echo(f"Signed: line {head.number} of the audit, as of {head.at}.")
    typer.echo(f"  {file}")
    if git is not None:
        typer.echo(f"  the tag {depositing.as_tag(head, file, git.expanduser().resolve())} in {git}")
    if to:
        depositing.by_mail(wiring.desk("desk", visit.settings, need=("channels",)), head, file, to)
        typer.echo(f"  a mail to {one_line(to)}")
    typer.echo("Keep a copy where nobody who may change the database can change it, and the public key with it:")
    typer.echo("  countersign audit key")


@audit.command()
def key(ctx: typer.Context) -> None:
    """Show the public key (Ed25519, 64 hex digits) that signed heads of the audit are verified with.

    \b
    Example: countersign audit key
    """
    from checkpoints.store.secret.anchors import Signer

    visit: Visit = ctx.obj
    signer = Signer(visit.settings.home)
    signer.make_key()
    typer.echo(signer.public_key)


def day(typed: str) -> date:
    """The day that somebody typed."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise typer.BadParameter(f"{typed!r} is no day. Right would be 2026-01-31.") from None


@audit.command()
def export(
    ctx: typer.Context,
    since: Annotated[
        date | None, typer.Option("--from", parser=day, metavar="DAY", help="The first, UTC. Else the audit's first.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--to", parser=day, metavar="DAY", help="The last, UTC. Else today, until now.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; none is overwritten. Else one here.")] = None,
) -> None:
    """Write the audit into one file for an auditor, who checks it without this desk.

    It holds who asked what, who approved it, when and under which rule, also what was refused, the whole chain with its
    signed end, and a verifier that needs this file, the public key and Python.

    \b
    Examples: countersign audit export
              countersign audit export --from 2026-01-01 --to 2026-06-30 --out audit.zip
    """
    from checkpoints.actions.audit import exporting

    visit: Visit = ctx.obj
    made = exporting.export(visit.read(), visit.person, since, until, out)
    typer.echo(f"Exported: {one_line(str(made.path))}")
    for what, value in made.sheet[1:]:
        if value != "0":
            typer.echo(wrapped(value, f"  {what:<46}"))
    typer.echo("Whoever gets it needs the public key too, by another way than this file:")
    typer.echo(f"  {made.public_key}")
    typer.echo(f"  unzip it, then: python -m verifier --public-key {made.public_key[:8]}…")


@audit.command()
def show(
    ctx: typer.Context,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="How many lines, counted from the end.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the newest lines of the audit, the newest last.

    \b
    Example: countersign audit show --last 50
    """
    from checkpoints.actions import reading

    visit: Visit = ctx.obj
    page = reading.audit_page(visit.read(), last)
    lines = page.lines[::-1]
    if as_json:
        plain.write({"total": page.total, "lines": [plain.audit_line(line) for line in lines]})
    else:
        for line in lines:
            typer.echo(drawing.draw_line(line))
