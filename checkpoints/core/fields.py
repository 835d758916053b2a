"""Filling the blanks that a request declares: every value checked, nothing extra, nothing missing."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from checkpoints.core.errors import Refused
from checkpoints.core.model import Field, FieldSort

LONGEST_TEXT = 2_000
LONGEST_NOTE = 4_000
MOST_DIGITS = 15
"""On either side of the point: a number is written out in full, and 1e-999999 would be a megabyte."""
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = rf"^{ATOM}(\.{ATOM})*@[A-Za-z0-9-]{{1,63}}(\.[A-Za-z0-9-]{{1,63}}){{0,8}}$"
"""An address as mail servers take it without further agreement: ASCII, no quotes, no comment."""
LONGEST_EMAIL = 254
DONE, COULD_NOT = "done", "could not"
TASK = Field(
    "outcome",
    "What became of it",
    FieldSort.CHOICE,
    choices=((DONE, "every step is done"), (COULD_NOT, "something is in the way; the note says what")),
)
"""What a task for a person asks back. An approval says that it was looked at; only `done` says that it is done."""


def fill(
    fields: tuple[Field, ...], given: Mapping[str, str], handed: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Each declared field with its value, defaults taken. Raises Refused naming the field and what would be right.

    A secret is never among the values: `handed` says where it lies, once it was given in its own way.
    """
    names = [field.name for field in fields]
    for name in given:
        if name not in names:
            right = f"the fields are: {', '.join(names)}" if names else "this question has no fields"
            raise Refused(f"“{clean(name)}” is not asked here; {right}. Nothing was recorded.")
    return {
        field.name: _handed(field, given, handed or {})
        if field.sort is FieldSort.SECRET
        else _value(field, given.get(field.name))
        for field in fields
    }


def filled_by_defaults(fields: tuple[Field, ...]) -> dict[str, str] | None:
    """What a rule would approve; None where only a person can fill a field."""
    try:
        return fill(fields, {})
    except Refused:
        return None


def clean(text: str, longest: int = 80) -> str:
    """Text that is safe to repeat in a message: printable, one line, cut with a mark."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def check_note(text: str) -> None:
    """A person's own words, with an answer or a reason. Raises Refused when they can't be kept as they are."""
    if len(text) > LONGEST_NOTE or any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        raise Refused(f"The note is over {LONGEST_NOTE} characters or not plain text. Nothing was recorded.")


def check_email(address: str) -> str:
    """The address without white space around it. Raises Refused when it is none."""
    address = address.strip()
    if len(address) > LONGEST_EMAIL or not re.fullmatch(EMAIL, address):
        raise Refused(f"“{clean(address)}” is no e-mail address. Right would be ada@example.com. Nothing was changed.")
    return address


def mailbox(address: str) -> str:
    """What tells mailboxes apart: `Ada+desk@Example.com` is `ada@example.com` to most mail servers."""
    name, _, host = address.casefold().rpartition("@")
    return f"{name.partition('+')[0]}@{host}"


def secrets_of(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Those that go to the vault."""
    return tuple(field for field in fields if field.sort is FieldSort.SECRET)


def _handed(field: Field, given: Mapping[str, str], handed: Mapping[str, str]) -> str:
    if field.name in given or field.name not in handed:
        raise Refused(
            f"{field.name}: a secret is no part of an ordinary answer. Give it on its page, or with: "
            "countersign credential give. Nothing was recorded."
        )
    return handed[field.name]


def _value(field: Field, given: str | None) -> str:
    value = (given if given is not None else field.default or "").strip()
    if not value:
        raise Refused(f"{field.name}: “{field.label}” is not filled. Right would be {wanted(field)}.")
    if field.sort is FieldSort.CHOICE and value not in {choice for choice, _ in field.choices}:
        raise Refused(f"{field.name}: “{clean(value)}” is not a choice. Right would be {wanted(field)}.")
    if field.sort is FieldSort.NUMBER:
        return _number(field, value)
    if len(value) > LONGEST_TEXT or any(not (c.isprintable() or c in "\n\t") for c in value):
        raise Refused(f"{field.name}: too long or not plain text. Right would be {wanted(field)}.")
    return value


def _number(field: Field, value: str) -> str:
    wrong = Refused(f"{field.name}: “{clean(value)}” won't do. Right would be {wanted(field)}.")
    if len(value) > 30:
        raise wrong
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise wrong from None
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise wrong
    if field.whole and number != number.to_integral_value():
        raise wrong
    if field.lowest is not None and number < field.lowest:
        raise wrong
    if field.highest is not None and number > field.highest:
        raise wrong
    return format(number.normalize(), "f")


def wanted(field: Field) -> str:
    """What would be right, in words."""
    if field.sort is FieldSort.CHOICE:
        return "one of " + ", ".join(choice for choice, _ in field.choices)
    if field.sort is FieldSort.SECRET:
        return "the value itself, given on its page or at its prompt, never in an answer"
    if field.sort is FieldSort.TEXT:
        return f"a text of up to {LONGEST_TEXT} characters"
    bounds = [f"from {field.lowest}"] * (field.lowest is not None) + [f"to {field.highest}"] * (
        field.highest is not None
    )
    return " ".join(["a whole number" if field.whole else "a number", *bounds])
