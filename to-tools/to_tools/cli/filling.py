"""The blanks that a yes fills: `--set field=value`, and a question for each one left where a person can answer.

Rule: nothing is filled in silence; a default counts only once a person has seen it and said so.
"""

from collections.abc import Mapping, Sequence

import typer

from checkpoints.core.card import Card
from checkpoints.core.errors import Refused
from checkpoints.core.fields import fill
from checkpoints.core.model import Field
from checkpoints.core.showing import one_line
from to_tools.cli.drawing import draw_field
from to_tools.cli.terminal import talks_to_a_person


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


def filled(card: Card, given: Mapping[str, str]) -> dict[str, str]:
    """Every field of the card with its value, checked. Raises Refused saying what to type."""
    missing = [field for field in card.fields if field.name not in given]
    if not missing or not set(given) <= {field.name for field in card.fields}:
        return fill(card.fields, given)
    if not talks_to_a_person():
        raise Refused(_to_type(card, given, missing))
    return fill(card.fields, {**given, **{field.name: _asked(field) for field in missing}})


def _asked(field: Field) -> str:
    typer.echo(draw_field(field))
    while True:
        value = str(typer.prompt(f"  {one_line(field.name)}", default=field.default))
        try:
            return fill((field,), {field.name: value})[field.name]
        except Refused as wrong:
            typer.echo(f"  {one_line(str(wrong))}")


def _to_type(card: Card, given: Mapping[str, str], missing: Sequence[Field]) -> str:
    sets = "".join(
        f" --set {field.name}={given.get(field.name) or field.default or '…'}" for field in card.fields
    )
    return "\n".join(
        [
            f"{card.label} has something to fill in. Nothing was recorded.",
            *(draw_field(field) for field in missing),
            f"Type: countersign approve {card.label}{sets} --yes",
        ]
    )
