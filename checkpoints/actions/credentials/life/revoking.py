"""A person revokes a credential: nobody opens it from now on, and its values go. It can't be undone."""

from checkpoints.actions.credentials import forgetting
from checkpoints.actions.credentials.life import holding
from checkpoints.core.errors import Refused
from checkpoints.core.fields import check_note
from checkpoints.core.model import Person
from checkpoints.store.desk import Desk
from checkpoints.store.secret.lives import Life

FOREVER = (
    "This can't be undone: nobody opens it from now on, and the vault forgets it. What is served with it goes on with "
    "what it was handed until it is started anew: end the key at its service too."
)


def revoke(desk: Desk, person: Person, label: str, because: str) -> Life:
    """The credential as it was. Raises as `holding.living` does, and Refused without a reason."""
    if not because.strip():
        raise Refused("Say why you revoke it: the story shows it. Nothing was changed.")
    check_note(because)
    with desk.transaction() as tx:
        point, life = holding.living(tx, person, label, "Revoke")
        said = f"revoked by {person.name}: {because.strip()}"
        forgetting.end_credential_of(tx, point.case_id, point.id, said, by=person.name)
        return life
