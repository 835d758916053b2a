"""A desk that tells by mail, and a mail server that can be told to misbehave."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from checkpoints.actions import errands
from checkpoints.actions.people import reaching
from checkpoints.channels.smtp import Smtp
from checkpoints.core.model import Person, Role
from tests.fakes.post_office import PostOffice, running_post_office
from tests.stage.desks import Office
from to_tools.doers import TELLERS

SENDER = "desk@agency.example"
ADA = "ada@example.com"


@dataclass(frozen=True)
class Told:
    """An office whose desk tells by mail, and what came out at the other end."""

    office: Office
    post: PostOffice

    def carry(self) -> None:
        """All that is due to be told, each tried once."""
        while errands.carry_next(self.office.desk, TELLERS, lane="mail"):
            pass

    def add(self, name: str, role: Role) -> Person:
        """Another person with a mailbox: `mia@example.com`."""
        person = self.office.person(name, role)
        reaching.set_email(self.office.desk, self.office.ada, name, f"{name.lower()}@example.com")
        return person


@pytest.fixture
def told(office: Office) -> Iterator[Told]:
    """Ada has a mailbox, Mira (who starts cases) has none."""
    reaching.set_email(office.desk, office.ada, "Ada", ADA)
    with running_post_office() as post:
        smtp = Smtp(post.url, SENDER, office.settings.smtp_keys, patience=1)
        yield Told(replace(office, desk=replace(office.desk, channels={"mail": smtp})), post)
