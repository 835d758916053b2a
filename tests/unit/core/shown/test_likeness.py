"""Which names are one to a reader's eye, and which are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.shown.likeness import likeness


@pytest.mark.parametrize(
    "alike",
    [
        ("Mira", "MIRA", "Мira", "Мırа", "Ｍｉｒａ", "M1ra", "Mirá", "M i-ra", "mιra"),
        ("Nina", "Νina", "NINA"),
        ("Ada", "Аda", "Αda", "ada."),
        ("Bob", "Вob", "8ob", "B0b", "Воb"),
        ("Moritz", "rnoritz"),
        ("Hannes", "Ηannes", "Нannes"),
    ],
)
def test_these_are_one(alike: tuple[str, ...]) -> None:
    assert len({likeness(name) for name in alike}) == 1


def test_these_are_several() -> None:
    names = ("Ada", "Ida", "Bob", "Rob", "Grace", "Grace M", "Mira", "Mia", "Анна", "Анита", "Started a1", "Started a2")
    assert len({likeness(name) for name in names}) == len(names)


@given(st.text(min_size=1, max_size=80))
def test_a_name_is_always_like_itself_and_never_like_nothing(name: str) -> None:
    assert likeness(name)
    if any(character.isalnum() and character.isascii() for character in name):
        assert likeness(name) == likeness(f" {name}-")
        assert likeness(name) == likeness(name.upper()) or not name.isascii()
