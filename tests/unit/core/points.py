"""A checkpoint as a value, with no desk behind it: open, of kind `spend`, waiting for a technical operator."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Answer, Person, Requirement, Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.stage.desks import spend

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADA = Person(UUID(int=1), "Ada", UUID(int=11), "shell")
BOB = Person(UUID(int=2), "Bob", UUID(int=12), "page")


def point(**changed: object) -> Checkpoint:
    """The checkpoint `read-later-digest/3`, changed as asked."""
    made = Checkpoint(
        id=UUID(int=3), case_id=UUID(int=4), case="read-later-digest", case_title="Read Later Digest",
        client="Client Inc.", started_by=None, number=3, branch="main", question="spend", attempt=1, kind="spend",
        state=State.OPEN, revision=1, request=spend("60"), digest="0123456789ab" + 52 * "0",
        requirement=Requirement((Role.TO,), band="$50 to under $200"), because="", asked_at=NOON, changed_at=NOON,
        deadline_at=NOON + timedelta(hours=4), expires_at=NOON + timedelta(days=30), run_id=uuid4(), prefect_id=None,
        reopens=None, decision=None, permit=None,
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


def answer(person: Person, verdict: Verdict, role: Role = Role.TO, revision: int = 1, note: str = "") -> Answer:
    """What one person said at noon."""
    return Answer(person.id, person.name, verdict, revision, role, note, {}, person.way, NOON)
