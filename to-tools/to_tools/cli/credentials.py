"""`countersign credential give`: a value goes from a hidden prompt, or the input, to the vault.

Rule: never an argument: those stand in the shell's history and in the list of processes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.model import Field, FieldSort, Verdict
from checkpoints.core.shown.card import Card
from checkpoints.core.shown.showing import one_line
from checkpoints.core.work.services.shapes import SHAPES, check
from to_tools.cli.looking import Id
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing import drawing
from to_tools.cli.writing.terminal import bold, talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.store.desk import Desk

credentials = typer.Typer(no_args_is_help=True)
LARGEST = 65_536
STEP = "Where to make it"


@credentials.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def give(
    ctx: typer.Context,
    id: Id,
    note: Annotated[str, typer.Option(help="A word to the agent and the story. Never the value.")] = "",
    sure: Annotated[bool, typer.Option("--sure", help="A value is right though it doesn't look so.")] = False,
    otp: Otp = "",
) -> None:
    """Give a credential: that is the approval. It is asked for, hidden; or the input brings lines of field=value.

    \b
    Example: countersign credential give read-later-digest/3
    """
    from checkpoints.actions.credentials import giving
    from checkpoints.actions.deciding import Press

    visit: Visit = ctx.obj
    shown = visit.shown(id, "give the credential")
    visit.tried = ("give the credential", shown.point.label)
    if ctx.args:
        raise Refused(
            "A credential is never an argument: those stand in the history and in the list of processes. Nothing was "
            f"kept. If it was the value: revoke it, make another, and type: countersign credential give {id}"
        )
    if shown.card.gives != "credential":
        words = drawing.how_to_give(shown.card) if shown.card.gives else f"{shown.point.label} asks for no credential."
        raise Refused(f"{words} Nothing was recorded.")
    # Once it is decided nothing is asked: giving says why.
    ask = _asked if talks_to_a_person() else _read
    values = ask(shown.card, sure) if shown.card.verdicts else {}
    point = shown.point
    press = Press(point.id, point.revision, point.digest, Verdict.APPROVE, {}, note)
    desk = with_vault(visit)
    after = with_factor(visit, otp, lambda: giving.give(desk, visit.person, press, values, sure))
    visit.tried = None
    typer.echo(f"Given, and {after.label} is approved. The value lies in the vault, and nowhere else.")


def with_vault(visit: Visit) -> Desk:
    """The desk, as a person's own process has it that speaks to the vault."""
    from checkpoints import wiring

    return wiring.desk("desk", visit.settings, need=("credentials",))


def _asked(card: Card, sure: bool) -> dict[str, str]:
    """Every field, asked for; a secret one hidden, and again until it looks right."""
    typer.echo(bold(wrapped(one_line(card.heading))))
    for fact in card.facts:
        if fact.label in (STEP, "Stand-in"):
            typer.echo(wrapped(one_line(fact.value), "  "))
    return {field.name: _value(field, sure) for field in card.fields}


def _value(field: Field, sure: bool) -> str:
    secret = field.sort is FieldSort.SECRET
    hint = SHAPES[field.shape].says if field.shape in SHAPES else ""
    typer.echo(wrapped(one_line(f"{field.label}{f': {hint}' if hint else ''}"), "  "))
    while True:
        hidden = " (hidden)" if secret else ""
        default = None if secret else field.default
        value = str(typer.prompt(f"  {one_line(field.name)}{hidden}", default=default, hide_input=secret))
        try:
            check(field, value, sure)
        except Refused as wrong:
            typer.echo(wrapped(one_line(str(wrong)), "  "))
        else:
            return value


def _read(card: Card, sure: bool) -> dict[str, str]:
    """Lines of field=value from the input, checked when they are given. Raises Refused, repeating none of them."""
    names = [field.name for field in card.fields]
    document = sys.stdin.buffer.read(LARGEST + 1)
    lines = [f"{name}=…" for name in names]
    right = f"Right would be {len(names)} lines: {', '.join(lines)}. Nothing was kept."
    try:
        text = document.decode()
    except UnicodeDecodeError:
        raise Refused(f"The input is not UTF-8. {right}") from None
    if len(document) > LARGEST:
        raise Refused(f"The input is over {LARGEST // 1024} KiB. {right}")
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.partition("=")
        if not equals or name not in names or name in values:
            raise Refused(f"Line {number} of the input is no field=value of this, or one that came before. {right}")
        values[name] = value
    return values
