"""A key or a certificate is read before it is handed over; what it says of one repeats nothing."""

import base64
import struct
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from checkpoints.core.errors import Refused
from checkpoints.core.work.services.shapes import check
from checkpoints.core.work.services.types import CERTIFICATE, SSH_KEY
from checkpoints.credentials.contents import doubt

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
KEY, ANOTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def pem(key: ec.EllipticCurvePrivateKey, locked: KeySerializationEncryption | None = None) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked or NoEncryption()).decode()


def certificate(begins: int = -1, ends: int = 30) -> str:
    """Of KEY; days from now."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "canary.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(NOW + timedelta(days=begins))
        .not_valid_after(NOW + timedelta(days=ends))
        .sign(KEY, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def ssh() -> str:
    key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def locked_ssh() -> str:
    """As ssh-keygen writes one with a passphrase, as far as whoever has none can read it."""
    public = b"".join(_string(part) for part in (b"ssh-ed25519", b"\x07" * 32))
    parts = (b"aes256-ctr", b"bcrypt", _string(b"s" * 16) + struct.pack(">I", 16))
    blob = b"openssh-key-v1\0" + b"".join(map(_string, parts)) + struct.pack(">I", 1)
    body = base64.encodebytes(blob + _string(public) + _string(b"\x07" * 144)).decode()
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}-----END OPENSSH PRIVATE KEY-----\n"


def _string(part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + part


def test_a_certificate_with_its_own_key_and_an_ssh_key_pass() -> None:
    for kind, values in (
        (CERTIFICATE, {"certificate": certificate() + certificate(), "private_key": pem(KEY)}),
        (SSH_KEY, {"username": "deploy", "private_key": ssh()}),
        (SSH_KEY, {"username": "deploy", "private_key": pem(KEY)}),
    ):
        for field in kind.fields:
            check(field, values[field.name])
        doubt(kind.fields, values, NOW)


@pytest.mark.parametrize(
    ("chain", "key", "told"),
    [
        (certificate(ends=0), pem(KEY), "certificate: it ended on 2026-11-28"),
        (certificate(begins=2), pem(KEY), "certificate: it counts only from 2026-11-30 on"),
        (certificate(), pem(ANOTHER), "certificate: it is not of the private key"),
        (certificate()[:80] + "AAAA" + certificate()[84:], pem(KEY), "none can be read out of it"),
        (certificate(), pem(KEY).replace("M", "N", 1), "none can be read out of it"),
        (certificate(), pem(KEY, BestAvailableEncryption(b"secret")), "wants a passphrase"),
    ],
)
def test_what_would_not_serve_is_questioned(chain: str, key: str, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        doubt(CERTIFICATE.fields, {"certificate": chain, "private_key": key}, NOW)
    assert str(refused.value).endswith("say that you are sure.")
    assert refused.value.__cause__ is None
    assert not any(line in str(refused.value) for line in (chain + key).splitlines())


def test_a_locked_ssh_key_is_questioned() -> None:
    with pytest.raises(Refused, match="wants a passphrase"):
        doubt(SSH_KEY.fields, {"username": "deploy", "private_key": locked_ssh()}, NOW)
