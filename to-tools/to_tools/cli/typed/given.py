"""A credential's values at the shell: from a hidden prompt, from lines of the input, or from files.

Rule: never from an argument, which names a file at most; no message repeats a value.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.model import Field, FieldSort
from checkpoints.core.shown.card import Card
from checkpoints.core.shown.showing import one_line
from checkpoints.core.work.services.asking import STEP
from checkpoints.core.work.services.shapes import SHAPES, check, has_lines
from to_tools.cli.writing.terminal import bold, talks_to_a_person, wrapped

LARGEST = 65_536
FROM_FILE = re.compile(r"([a-z][a-z0-9_]{0,60})=@(.{1,4000})")


def from_files(declared: Sequence[Field], words: Sequence[str], never: str) -> dict[str, str]:
    """What `field=@FILE` names, by field. Raises Refused, with `never` for anything else that stands there."""
    found: dict[str, str] = {}
    fields = {field.name: field for field in declared}
    for word in words:
        named = FROM_FILE.fullmatch(word)
        if named is None or named[1] not in fields or named[1] in found:
            raise Refused(never)
        found[named[1]] = _read_file(fields[named[1]], Path(named[2]))
    return found


def values(card: Card, wanted: Sequence[Field], filed: Mapping[str, str], sure: bool) -> dict[str, str]:
    """Every field that is wanted: those from files, the rest asked for or from the input. Raises Refused."""
    left = [field for field in wanted if field.name not in filed]
    if talks_to_a_person():
        return {**_asked(card, left, sure), **filed}
    return {**(_read(left) if left else {}), **filed}


def _asked(card: Card, left: Sequence[Field], sure: bool) -> dict[str, str]:
    """Each asked for; a secret one hidden, and again until it looks right."""
    typer.echo(bold(wrapped(one_line(card.heading))))
    for fact in card.facts:
        if fact.label in (STEP, "Stand-in"):
            typer.echo(wrapped(one_line(fact.value), "  "))
    return {field.name: _value(field, sure) for field in left}


def _value(field: Field, sure: bool) -> str:
    secret = field.sort is FieldSort.SECRET
    hint = SHAPES[field.shape].says if field.shape in SHAPES else ""
    typer.echo(wrapped(one_line(f"{field.label}{f': {hint}' if hint else ''}"), "  "))
    while True:
        try:
            value = _file_of(field) if has_lines(field) else _typed(field, secret)
            check(field, value, sure)
        except Refused as wrong:
            typer.echo(wrapped(one_line(str(wrong)), "  "))
        else:
            return value


def _typed(field: Field, secret: bool) -> str:
    hidden = " (hidden)" if secret else ""
    default = None if secret else field.default
    return str(typer.prompt(f"  {one_line(field.name)}{hidden}", default=default, hide_input=secret))


def _file_of(field: Field) -> str:
    """A prompt takes one line: of what has several, the file is named."""
    return _read_file(field, Path(str(typer.prompt(f"  {one_line(field.name)}: the file that it is in"))))


def _read_file(field: Field, file: Path) -> str:
    """Of one line, without its end. Raises Refused."""
    try:
        with file.expanduser().open("rb") as stream:
            content = stream.read(LARGEST + 1)
        text = content.decode()
    except (OSError, ValueError) as wrong:
        why = (wrong.strerror if isinstance(wrong, OSError) else None) or "it is not UTF-8"
        raise Refused(f"{field.name}: the file can't be read: {why}. Nothing was kept.") from None
    if len(content) > LARGEST:
        raise Refused(f"{field.name}: the file is over {LARGEST // 1024} KiB. Nothing was kept.")
    text = text.replace("\r\n", "\n")
    return text if has_lines(field) else text.removesuffix("\n")


def _read(left: Sequence[Field]) -> dict[str, str]:
    """Lines of field=value from the input; what has several goes on until the next field.

    Raises Refused, repeating none of them.
    """
    names = {field.name: field for field in left}
    document = sys.stdin.buffer.read(LARGEST + 1)
    lines = [f"{name}=…" for name in names]
    right = f"Right would be {len(names)} lines: {', '.join(lines)}. Nothing was kept."
    try:
        text = document.decode()
    except UnicodeDecodeError:
        raise Refused(f"The input is not UTF-8. {right}") from None
    if len(document) > LARGEST:
        raise Refused(f"The input is over {LARGEST // 1024} KiB. {right}")
    found: dict[str, str] = {}
    goes_on = ""
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.partition("=")
        if equals and name in names and name not in found:
            found[name], goes_on = value, name if has_lines(names[name]) else ""
        elif goes_on and not (equals and name in names):
            found[goes_on] += f"\n{line}"
        else:
            raise Refused(f"Line {number} of the input is no field=value of this, or one that came before. {right}")
    # A file of several lines ends with one, and a key is none without it.
    return {name: f"{value}\n" if "\n" in value else value for name, value in found.items()}
