"""What an approval names: equal values give equal bytes, different ones don't, and a float gives none."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from checkpoints.core import digest
from checkpoints.core.model import Json

SCALARS = some.none() | some.booleans() | some.integers() | some.text()
VALUES: some.SearchStrategy[Json] = some.recursive(
    SCALARS, lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4)
)


def backwards(value: Json) -> Json:
    """The same value, written down in the other order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(inner) for inner in value] if isinstance(value, list) else value


@given(VALUES)
def test_the_order_of_keys_changes_nothing(value: Json) -> None:
    assert digest.canonical(backwards(value)) == digest.canonical(value)


@given(some.dictionaries(some.text(), SCALARS), some.dictionaries(some.text(), SCALARS))
def test_different_values_have_different_bytes(one: dict[str, Json], other: dict[str, Json]) -> None:
    def exact(value: dict[str, Json]) -> object:
        return sorted((key, type(inner).__name__, str(inner)) for key, inner in value.items())

    assert (digest.canonical(one) == digest.canonical(other)) == (exact(one) == exact(other))


@pytest.mark.parametrize("value", [1.0, [1.5], {"a": {"b": [float("nan")]}}], ids=str)
def test_a_float_has_no_canonical_form(value: Json) -> None:
    with pytest.raises(TypeError, match="float"):
        digest.canonical(value)


def test_subject_fields_and_revision_are_all_named() -> None:
    named = digest.approved("a" * 64, {"region": "us-east-1"}, 1)
    assert len(named) == 64
    assert len({
        named,
        digest.approved("b" * 64, {"region": "us-east-1"}, 1),
        digest.approved("a" * 64, {"region": "eu-west-1"}, 1),
        digest.approved("a" * 64, {}, 1),
        digest.approved("a" * 64, {"region": "us-east-1"}, 2),
    }) == 5  # fmt: skip


def test_a_person_compares_twelve_digits_in_three_groups() -> None:
    assert digest.short("0123456789abcdef" * 4) == "0123 4567 89ab"
