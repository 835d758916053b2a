"""Roles at AWS that are assumed anew at each opening: what comes of it lies nowhere, and ends by itself.

Rule: what is assumed can't be taken back, so it lasts no longer than was approved, or than AWS gives at least.
"""

import re
from dataclasses import dataclass

from checkpoints.core.errors import Refused

BEGINS = "aws/sts/"
ASSUMED = ("access_key_id", "secret_access_key", "session_token")
ASKED = ASSUMED[:2]
"""Those of a key that nobody types then; the third comes beside them, and AWS takes them only with it."""
USER = "iam_user"
"""Nobody's, where a role is assumed."""
LEAST, USUAL, MOST = 900, 3600, 43_200
"""Seconds: AWS gives none for less, to any role for an hour, and to none for more."""
ROLE = re.compile(r"aws/sts/(?P<account>[0-9]{12})/(?P<name>[\w.-]{1,64}(/[\w.-]{1,64}){0,5})", re.ASCII)


@dataclass(frozen=True)
class Role:
    """Its account, and its name with the path before it."""

    account: str
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role/{self.name}"


def is_role(path: str) -> bool:
    """Whether it leads to a role at AWS, and so to nothing in a vault."""
    return path.startswith(BEGINS)


def role_of(path: str) -> Role:
    """Raises Refused."""
    found = ROLE.fullmatch(path)
    if found is None:
        raise Refused(
            f"path: this is no role at AWS. Right would be {BEGINS}123456789012/read-only, with the account's number. "
            "Nothing was recorded."
        )
    return Role(found["account"], found["name"])


def seconds_of(minutes: int | None) -> int:
    """For how long what is assumed is good: as approved, as far as AWS does that."""
    return USUAL if minutes is None else max(LEAST, min(minutes * 60, MOST))


def session_of(label: str) -> str:
    """What AWS's own record (CloudTrail) calls it: the case and the number, in its signs and its length."""
    case, _, number = label.rpartition("/")
    return f"{case[:50]}.{number}"
