"""Which password will do: length, and not what anybody tries first."""

import pytest
from argon2 import PasswordHasher

from checkpoints.core.errors import Refused
from checkpoints.core.from_outside.password import LONGEST, check_password
from checkpoints.store.secret import passwords


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "x" * (LONGEST + 1),
        "aaaaaaaaaaaa",
        "121212121212",
        "123456789012",
        "abcdefghijklm",
        "mlkjihgfedcba",
        "Password1234",
        "PASSWORDPASSWORD",
        "Countersign2026!",
        "qwertyuiop123!",
        "Ada Lovelace",
        "adaLOVELACE123",
        "words in a row\0 will do",
        "\udcff" * 12,
    ],
)
def test_this_will_not_do(password: str) -> None:
    with pytest.raises(Refused, match="Your password was not changed") as no:
        check_password(password, "Ada Lovelace")
    assert not password or password not in str(no.value)


@pytest.mark.parametrize(
    "password", ["words in a row will do", "twelve chars", "hunter22hunter", "пароль-длинный", "x1y2z" * 204]
)
def test_this_will(password: str) -> None:
    assert check_password(password, "Ada Lovelace")


def test_a_letter_with_an_accent_is_the_same_however_the_keyboard_makes_it() -> None:
    assert check_password("caf\u00e9 au lait svp", "Bo") == check_password("cafe\u0301 au lait svp", "Bo")


def test_it_is_hashed_as_the_library_asks_for_today() -> None:
    kept = passwords.hashed("words in a row will do")
    assert not PasswordHasher().check_needs_rehash(kept)
    assert passwords.matches(kept, "words in a row will do")
    assert not passwords.matches(None, "words in a row will do")
