"""Asks a Countersign desk for a credential, waits until a person has decided, and opens it at the vault itself."""

from countersign.approving import approve_credential_request
from countersign.asking import request_credential
from countersign.blocking import approve_credential_request_now, request_credential_now
from countersign.credential import Credential
from countersign.errors import (
    ChangesWanted,
    CountersignError,
    Ended,
    Intercepted,
    NotApproved,
    Refused,
    Unavailable,
)

__all__ = [
    "ChangesWanted",
    "CountersignError",
    "Credential",
    "Ended",
    "Intercepted",
    "NotApproved",
    "Refused",
    "Unavailable",
    "approve_credential_request",
    "approve_credential_request_now",
    "request_credential",
    "request_credential_now",
]
