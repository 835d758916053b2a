"""A role at AWS is assumed anew at each opening: what comes of it is in memory alone, and ends by itself."""

from collections.abc import Mapping

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.fields import secrets_of
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.assumed import ASKED, role_of, session_of
from checkpoints.core.work.services.handing import Restrictions
from checkpoints.store.desk import Desk


def assumes(desk: Desk, point: Checkpoint) -> bool:
    """Whether a role may be given for what is asked: just a key, and the desk has a login there."""
    asked = {field.name for field in secrets_of(point.request.fields)}
    return desk.roles is not None and desk.roles.ready and asked == set(ASKED)


def assume(desk: Desk, path: str, label: str, held: Restrictions) -> Mapping[str, str]:
    """What the role at `path` is good for now. `label`: of the checkpoint, by which AWS's own record calls it.

    Raises Refused, Unavailable (nothing was opened).
    """
    if desk.roles is None:
        raise Unavailable("This process has no login at AWS. Nothing was opened.")
    return desk.roles.assume(role_of(path), session_of(label), held)


def try_once(desk: Desk, point: Checkpoint, path: str, held: Restrictions) -> tuple[str, ...]:
    """Whether it can be assumed as it is to be: its secret fields. What came of it is thrown away. Raises as above."""
    if not assumes(desk, point):
        raise Refused(
            f"path: {point.label} asks for no key of AWS's, or the desk has no login there: keys/aws. Nothing was kept."
        )
    assume(desk, path, point.label, held)
    return ASKED
