"""What an apply came to, from its machine-readable log. Pure.

Rule: begun and not known to be done is unknown.
"""

import json
import re
from collections.abc import Iterator, Mapping

from checkpoints.core.errors import Countersign, OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.work.signs import Sign
from checkpoints.core.work.stack import Applied
from checkpoints.terraform.masking import SENSITIVE, shown

LONGEST_REASON = 300
SIGNS = (
    (Sign.TOKEN_EXPIRED, r"ExpiredToken|token[^.]{0,40} expired|security token included in the request is expired"),
    (
        Sign.KEY_REJECTED,
        r"InvalidClientTokenId|SignatureDoesNotMatch|AuthFailure|InvalidAccessKey|UnrecognizedClient",
    ),
    (Sign.RATE_LIMIT, r"Throttl|RequestLimitExceeded|TooManyRequests|rate exceeded|\b429\b"),
    (Sign.RESOURCE_LIMIT, r"LimitExceeded|quota|InsufficientInstanceCapacity|no space left|limit[^.]{0,40} exceeded"),
    (Sign.OUTAGE, r"ServiceUnavailable|InternalFailure|\b50[023]\b"),
    (Sign.NETWORK, r"dial tcp|no such host|connection (?:refused|reset)|i/o timeout|TLS handshake|deadline exceeded"),
)
"""What AWS and Terraform's own network code say; the first that is found counts."""


def applied(log: bytes, name: str) -> Applied:
    """What a successful apply did; `name` is its log's. Raises OutcomeUnknown when the log doesn't say so."""
    counts: Mapping[str, Json] = {}
    outputs: dict[str, str] = {}
    for line in _lines(log):
        changes, values = line.get("changes"), line.get("outputs")
        if line.get("type") == "change_summary" and isinstance(changes, dict):
            counts = changes
        if line.get("type") == "outputs" and isinstance(values, dict):
            outputs = {key: _shown(value) for key, value in values.items()}
    added, changed, destroyed = (counts.get(kind) for kind in ("add", "change", "remove"))
    if not isinstance(added, int) or not isinstance(changed, int) or not isinstance(destroyed, int):
        raise OutcomeUnknown(f"Terraform ended well, and {name} doesn't say what it did. Look at the log.")
    return Applied(added, changed, destroyed, outputs, name)


def failure(log: bytes, name: str, *, cut_short: bool) -> Countersign:
    """The error that says how far an apply came:

    Refused or Unavailable when it changed nothing, else OutcomeUnknown.
    """
    errors = tuple(_errors(log))
    sign = sign_of(" ".join(f"{summary} {detail}" for summary, detail in errors)) if errors else None
    begun = [str(line.get("@message")) for line in _lines(log) if line.get("type") == "apply_start"]
    if begun or cut_short:
        how = "was stopped" if cut_short else "failed"
        return OutcomeUnknown(
            f"The apply {how} after {len(begun)} resources were begun. The state and {name} were kept: "
            "a person compares them with what is there before anything runs again.",
            sign=sign,
        )
    reason = errors[0][0][:LONGEST_REASON] if errors else ""
    if "stale" in reason.lower():
        return Refused("The state has moved since the plan was made. Nothing was changed: plan and ask again.")
    if "state lock" in reason.lower():
        return Unavailable("Another run holds the state's lock. Nothing was changed: try again when it is done.")
    refused = f"Terraform refused the plan: {reason or 'no reason given'}. Nothing was changed; see {name}."
    return Refused(refused, sign=sign or Sign.PROVISIONING)


def sign_of(text: str) -> Sign:
    """What Terraform's errors are a sign of; what nobody knows better is a provisioning failure."""
    return next((sign for sign, words in SIGNS if re.search(words, text, re.IGNORECASE)), Sign.PROVISIONING)


def _errors(log: bytes) -> Iterator[tuple[str, str]]:
    """(summary, detail) of each error. A detail may repeat values: it is read, and stays in the log."""
    for line in _lines(log):
        found = line.get("diagnostic")
        if line.get("type") == "diagnostic" and isinstance(found, dict) and found.get("severity") == "error":
            yield str(found.get("summary")), str(found.get("detail"))


def _shown(output: Json) -> str:
    if not isinstance(output, dict) or output.get("sensitive") is not False:
        return SENSITIVE
    return shown(output.get("value"))


def _lines(log: bytes) -> Iterator[dict[str, Json]]:
    """The JSON lines; a provider may write others between them."""
    for line in log.splitlines():
        try:
            value = json.loads(line, parse_float=str)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value
