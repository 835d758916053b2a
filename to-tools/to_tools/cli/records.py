"""`countersign audit verify | show`, `policy show`: what was written down, and the rules on who decides."""

from typing import Annotated

import typer

from checkpoints.core.shown.showing import one_line
from to_tools.cli.looking import AsJson
from to_tools.cli.visit import Visit
from to_tools.cli.writing import drawing, plain
from to_tools.cli.writing.terminal import bold, wrapped

audit = typer.Typer(no_args_is_help=True)
policy = typer.Typer(no_args_is_help=True)


@audit.command()
def verify(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Check that no line of the audit was changed, moved or taken away. Exits 1 when one was.

    \b
    Example: countersign audit verify
    """
    from checkpoints.actions import reading

    visit: Visit = ctx.obj
    lines, wrong = reading.verify_audit(visit.desk)
    if as_json:
        plain.write({"lines": lines, "wrong": wrong})
    elif wrong:
        typer.echo(f"The audit does not hold ({lines} lines):")
        for told in wrong[:50]:
            typer.echo(wrapped(told, "  - "))
        typer.echo("Stop deciding here, keep the database as it is, and compare it with your last backup.")
    else:
        typer.echo(f"The audit holds: {lines} lines, each follows from the one before.")
    raise typer.Exit(1 if wrong else 0)


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


@policy.command("show")
def show_policy(ctx: typer.Context) -> None:
    """Show who must approve what. First the cost bands, then every kind of question.

    \b
    Example: countersign policy show
    """
    visit: Visit = ctx.obj
    matrix = visit.rules.matrix
    typer.echo(bold(f"Cost a month in {matrix.currency}"))
    for band in matrix.bands:
        roles = ", then ".join(role.called for role in band.roles) or "nobody: the rule may pass it"
        typer.echo(wrapped(roles, f"  {band.name:<20}"))
    adopted = f"Version {matrix.version}, adopted by {matrix.adopted_by}."
    typer.echo(wrapped(one_line(adopted), "  "))
    typer.echo(bold("\nKinds, with who must approve them whatever they cost"))
    for kind in visit.rules.kinds.values():
        floor = ", ".join(role.called for role in kind.floor) or "as it costs"
        factor = "" if kind.step_up == "no" else f"; second factor: {kind.step_up}"
        typer.echo(wrapped(f"{floor}{'; by rule' if kind.by_rule else ''}{factor}", f"  {kind.name:<26}"))
