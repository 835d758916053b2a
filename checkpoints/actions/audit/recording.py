"""A try that was refused is recorded, in a transaction of its own, after the other was rolled back."""

from checkpoints.core.errors import Countersign
from checkpoints.core.fields import clean
from checkpoints.core.model import Json
from checkpoints.store import audit
from checkpoints.store.desk import Desk


def refused(desk: Desk, who: str, what: str, label: str, why: Countersign) -> None:
    """One audit line: who tried what, and why it was refused."""
    body: dict[str, Json] = {"checkpoint": clean(label), "by": clean(who), "tried": clean(what)}
    with desk.transaction() as tx:
        audit.append(tx, "try refused", body | {"why": clean(str(why), 500)})
