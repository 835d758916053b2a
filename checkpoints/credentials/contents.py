"""What a key or a certificate holds, where its shape alone says little: it is read before it is handed over.

Rule: no message repeats a value, nor what a library says of one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from checkpoints.core.errors import Refused
from checkpoints.core.model import Field
from checkpoints.core.work.services.shapes import DOUBTED

Values: TypeAlias = Mapping[str, str]
PRIVATE_KEYS = ("private key", "ssh private key")
CERTIFICATE = "certificate"
LOOKED_INTO = (*PRIVATE_KEYS, CERTIFICATE)
"""The shapes of what holds more than its shape says."""


def doubt(declared: Sequence[Field], values: Values, now: datetime) -> None:
    """Values that have their shapes, looked into. Raises Refused, ending in that a person may be sure all the same."""
    keys, chains = {}, {}
    for field in declared:
        if field.shape in PRIVATE_KEYS:
            keys[field.name] = _private_key(field, values[field.name])
        if field.shape == CERTIFICATE:
            chains[field.name] = _certificate(field, values[field.name], now)
    for name, certificate in chains.items():
        if keys and not any(_fits(certificate, key) for key in keys.values()):
            raise Refused(f"{name}: it is not of the private key that is given with it. {DOUBTED}")


def _private_key(field: Field, value: str) -> PrivateKeyTypes:
    load = load_ssh_private_key if "OPENSSH" in value.partition("\n")[0] else load_pem_private_key
    try:
        return load(value.encode(), None)
    except TypeError:
        why = "it wants a passphrase, which nobody who uses it could type"
    except (ValueError, UnsupportedAlgorithm):
        why = "it looks like a private key, and none can be read out of it"
    raise Refused(f"{field.name}: {why}. {DOUBTED}")


def _certificate(field: Field, value: str, now: datetime) -> x509.Certificate:
    """The first is its own; what follows are those who signed it."""
    try:
        first, *_ = x509.load_pem_x509_certificates(value.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise Refused(f"{field.name}: it looks like a certificate, and none can be read out of it. {DOUBTED}") from None
    if first.not_valid_after_utc <= now:
        raise Refused(f"{field.name}: it ended on {first.not_valid_after_utc:%Y-%m-%d}. {DOUBTED}")
    if first.not_valid_before_utc > now:
        raise Refused(f"{field.name}: it counts only from {first.not_valid_before_utc:%Y-%m-%d} on. {DOUBTED}")
    return first


def _fits(certificate: x509.Certificate, key: PrivateKeyTypes) -> bool:
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_key().public_bytes(*form) == key.public_key().public_bytes(*form)
