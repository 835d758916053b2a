"""The blanks that a yes fills: `--set field=value`, and on a terminal a question for each one left.

Rule: nothing is filled in silence; a default counts only once a person has seen it and said so.
"""

from collections.abc import Mapping, Sequence

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.fields import fill
from checkpoints.core.model import Field
from checkpoints.core.shown.card import Card
from checkpoints.core.shown.showing import one_line
from to_tools.cli.writing.drawing import draw_field


def settings_of(pairs: Sequence[str]) -> dict[str, str]:
    """`field=value` pairs by field. Raises BadParameter for what is no pair, or a field set twice."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"“{one_line(pair)[:80]}” is no field=value.", param_hint="--set")
        if name in given:
            raise typer.BadParameter(f"{one_line(name)[:80]} is set twice.", param_hint="--set")
        given[name] = value
    return given


def missing(card: Card, given: Mapping[str, str]) -> list[Field]:
    """The fields that nothing was said about; none, while something was said that isn't asked here."""
    known = set(given) <= {field.name for field in card.fields}
    return [field for field in card.fields if known and field.name not in given]


def to_type(card: Card, given: Mapping[str, str]) -> str:
    """What is to be filled in, and the command that does it."""
    sets = [f" --set {field.name}={given.get(field.name) or field.default or '…'}" for field in card.fields]
    return "\n".join(
        [
            f"{card.label} has something to fill in. Nothing was recorded.",
            *(draw_field(field) for field in missing(card, given)),
            f"Type: countersign approve {card.label}{''.join(sets)} --yes",
        ]
    )


def filled(card: Card, given: Mapping[str, str]) -> dict[str, str]:
    """Every field with its value, checked; a person is asked for those that are missing. Raises Refused."""
    return fill(card.fields, {**given, **{field.name: _asked(field) for field in missing(card, given)}})


def _asked(field: Field) -> str:
    typer.echo(draw_field(field))
    while True:
        value = str(typer.prompt(f"  {one_line(field.name)}", default=field.default))
        try:
            return fill((field,), {field.name: value})[field.name]
        except Refused as wrong:
            typer.echo(f"  {one_line(str(wrong))}")
