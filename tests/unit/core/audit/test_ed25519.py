"""The signature check that travels in an export, against RFC 8032's own examples and against a library's."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoints.actions.audit.verifier.ed25519 import ORDER, P, is_signed

EXAMPLES = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
"""Section 7.1: key, message, signature."""


@pytest.mark.parametrize("example", EXAMPLES, ids=["1", "2", "3"])
def test_the_examples_of_the_rfc_are_signed_and_nothing_near_them(example: tuple[str, str, str]) -> None:
    key, message, signature = map(bytes.fromhex, example)
    assert is_signed(key, message, signature)
    assert not is_signed(key, message + b"x", signature)
    for place in (0, 31, 32, 63):
        changed = bytes(byte ^ (number == place) for number, byte in enumerate(signature))
        assert not is_signed(key, message, changed)
    assert not is_signed(bytes([key[0] ^ 1, *key[1:]]), message, signature)


@settings(max_examples=25, deadline=None)
@given(secret=st.binary(min_size=32, max_size=32), message=st.binary(max_size=300), place=st.integers(0, 511))
def test_what_the_library_signs_is_signed_and_one_bit_less_is_not(secret: bytes, message: bytes, place: int) -> None:
    owner = Ed25519PrivateKey.from_private_bytes(secret)
    key, signature = owner.public_key().public_bytes_raw(), owner.sign(message)
    assert is_signed(key, message, signature)
    changed = (int.from_bytes(signature, "little") ^ (1 << place)).to_bytes(64, "little")
    assert not is_signed(key, message, changed)


def test_a_second_spelling_of_a_signature_is_none() -> None:
    key, message, signature = map(bytes.fromhex, EXAMPLES[1])
    number = int.from_bytes(signature[32:], "little") + ORDER
    assert not is_signed(key, message, signature[:32] + number.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "key",
    [b"", b"x" * 31, b"x" * 33, P.to_bytes(32, "little"), b"\xff" * 32, (2).to_bytes(32, "little")],
    ids=["empty", "short", "long", "not reduced", "all bits", "no point"],
)
def test_what_is_no_key_signed_nothing(key: bytes) -> None:
    _, message, signature = map(bytes.fromhex, EXAMPLES[1])
    assert not is_signed(key, message, signature)
    assert not is_signed(bytes.fromhex(EXAMPLES[1][0]), message, signature[:63])
