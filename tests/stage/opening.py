"""A case of the tests' own flows, opened on a desk that somebody runs: its flow is registered with Prefect first."""

from collections.abc import Mapping

from checkpoints.actions.courses import opening
from checkpoints.actions.people import joining
from checkpoints.core.model import Json, Person, Role
from checkpoints.core.view import Case
from checkpoints.core.work.plan import Item, NewCase
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from flows.deployments import register
from to_tools import identity


def open_case(
    desk: Desk, person: Person, slug: str, flow: tuple[str, str], brief: Mapping[str, Json], plan: tuple[Item, ...] = ()
) -> Case:
    """`flow`: its name and entrypoint. Opened by another: what one started oneself asks for a code."""
    register(Settings(home=desk.home), dict([flow]))
    opener = joining.add_person(desk, person, f"Who started {slug}", Role.MANAGER)
    new = NewCase(slug, flow[0], slug, "Client Inc.", None, dict(brief), plan)
    return opening.open_case(desk, identity.verify(desk, opener.shell), new)
