"""What holds a credential's user, as people read it and as the vault is told: for the card before a yes, and after it.

Rule: what is shown is made from the same approved subject, by the same function, as what will be in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from checkpoints.core.errors import Refused
from checkpoints.core.model import Scalar
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import ONCE, USES, asked_of
from checkpoints.core.work.services.assumed import is_role, role_of, seconds_of
from checkpoints.core.work.services.handing import Restrictions, read_at

ONLY_A_FILE = "The vault of this desk is a file on this machine: its sandbox process alone opens it."
NOT_HELD = (
    "NOT HELD TO NETWORKS: the vault of this desk is a file on this machine. It writes down from where, and keeps "
    "nobody out. One that does: countersign vault set-up"
)


@dataclass(frozen=True)
class Held:
    """In plain words, the first thing first; `policy` is the vault's own text, empty where it has none."""

    words: tuple[str, ...] = ()
    policy: str = ""


def read_policy(mount: str, path: str) -> str:
    """In the vault's language: read what lies here, and nothing else. `path` is one that may stand in a policy."""
    return f'path "{read_at(mount, path)}" {{\n  capabilities = ["read"]\n}}\n'


def held(restrictions: Restrictions, path: str, mount: str | None) -> Held:
    """`mount`: where the vault keeps secrets; empty where it is the desk's own file, None where nobody knows."""
    if is_role(path):
        return _assumed(restrictions, path)
    words = (
        f"Read {restrictions.words}.",
        "One place in the vault, to be read: nothing is changed there, and nothing else is seen.",
    )
    if mount is None:
        return Held(words)
    if not mount:
        return Held((*words, NOT_HELD if restrictions.cidrs else ONLY_A_FILE))
    return Held(words, read_policy(mount, path))


def _assumed(restrictions: Restrictions, path: str) -> Held:
    minutes = seconds_of(restrictions.minutes) // 60
    return Held(
        (
            f"Opened {restrictions.words}: AWS itself holds to the networks.",
            f"Each opening assumes {role_of(path).arn} anew, and lies nowhere.",
            f"What was opened CAN'T BE TAKEN BACK: it is good for {minutes} minutes, whatever ends here.",
        )
    )


def will_be_held(point: Checkpoint, mount: str | None) -> Held:
    """What a yes puts in force, before anybody knows the last part of its path. Nothing can be said of what is
    unreadable but that."""
    named = point.request.subject.parameters
    try:
        restrictions = asked_of(named)
    except Refused as why:
        return Held((str(why),))
    found = held(restrictions, f"cases/{point.case}/{point.number}/…", mount)
    return Held((*_opened(named), *found.words), found.policy)


def _opened(named: Mapping[str, Scalar]) -> tuple[str, ...]:
    asked = [(use, named.get(f"opens_for_{purpose}")) for purpose, use in USES.items()]
    return tuple(f"Opened {use}: {lasts}{' a try' if lasts == ONCE else ''}." for use, lasts in asked if lasts)
