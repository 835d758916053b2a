"""What an apply came to, from its machine-readable log. Pure.

Rule: begun and not known to be done is unknown.
"""

import json
from collections.abc import Iterator, Mapping

from checkpoints.core.errors import Countersign, OutcomeUnknown, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.stack import Applied
from checkpoints.terraform.masking import SENSITIVE, shown

LONGEST_REASON = 300


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
    begun = [str(line.get("@message")) for line in _lines(log) if line.get("type") == "apply_start"]
    if begun or cut_short:
        how = "was stopped" if cut_short else "failed"
        return OutcomeUnknown(
            f"The apply {how} after {len(begun)} resources were begun. The state and {name} were kept: "
            "a person compares them with what is there before anything runs again."
        )
    reason = _reason(log)
    if "stale" in reason.lower():
        return Refused("The state has moved since the plan was made. Nothing was changed: plan and ask again.")
    if "state lock" in reason.lower():
        return Unavailable("Another run holds the state's lock. Nothing was changed: try again when it is done.")
    return Refused(f"Terraform refused the plan: {reason or 'no reason given'}. Nothing was changed; see {name}.")


def _reason(log: bytes) -> str:
    """The summary of the first error; its details may repeat values, and stay in the log."""
    for line in _lines(log):
        found = line.get("diagnostic")
        if line.get("type") == "diagnostic" and isinstance(found, dict) and found.get("severity") == "error":
            return str(found.get("summary"))[:LONGEST_REASON]
    return ""


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
