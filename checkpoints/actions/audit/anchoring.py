"""The audit's head is signed and kept outside the database, and the audit verified against what was kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from checkpoints.core import audit as chain
from checkpoints.core.audit import Anchor, Erasure
from checkpoints.core.errors import Refused
from checkpoints.store import audit, checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.secret.anchors import Signer, checked


@dataclass(frozen=True)
class Verified:
    """How many lines there are, what is wrong with them (nothing: the chain holds), and the signed heads looked at.

    `erasures`: what personal data were taken out of them, `erased` of how many.
    """

    lines: int
    wrong: tuple[str, ...]
    anchors: tuple[Anchor, ...]
    erasures: tuple[Erasure, ...] = ()
    erased: int = 0


def anchor(desk: Desk) -> tuple[Anchor, Path] | None:
    """The head of now, signed, and its file; None while nothing was written yet.

    A head that was signed before keeps its file and its time. Raises Refused when another one was signed under the
    same number, Unavailable.
    """
    with desk.transaction() as tx:
        head, now = audit.head(tx), checkpoints.now(tx)
    if head is None:
        raise Refused("The audit has no head: it was taken away. Nothing was signed. See: countersign audit verify")
    if head.number == 0:
        return None
    signer = Signer(desk.home)
    path = signer.keep(Anchor(head.number, head.hash, now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
    [kept] = checked([path], signer.public_key)
    if kept.hash != head.hash:
        raise Refused(
            f"Line {head.number} was signed at {kept.at}, and was another one: the audit was written anew. "
            "Nothing was signed. See: countersign audit verify"
        )
    return kept, path


def verify(desk: Desk, files: Sequence[Path] = (), public_key: str = "") -> Verified:
    """Every line, against the signed heads in these files, else the desk's own; by this key, else the desk's.

    Raises Refused when a file holds no such head: then nothing was verified.
    """
    signer = Signer(desk.home)
    kept = files or signer.files()
    anchors = tuple(checked(kept, public_key or signer.public_key)) if kept else ()
    with desk.transaction() as tx:
        head = audit.head(tx)
        found = chain.examine(audit.lines(tx), head, anchors=anchors)
    return Verified(head.number if head else 0, found.wrong, anchors, found.erasures, found.erased)
