"""Whoever is erased had a Slack account, too: its id, their codes and their own cards are nowhere any more."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from checkpoints import wiring
from checkpoints.actions.audit import anchoring
from checkpoints.actions.people import erasing, joining
from checkpoints.actions.people.by_slack import linking
from checkpoints.core.errors import WrongCode
from checkpoints.core.model import Person, Role
from checkpoints.core.shown.message import Pin
from checkpoints.store import audit
from checkpoints.store.from_outside.slack import cards, turns, workspace
from checkpoints.store.from_outside.slack.accounts import User
from checkpoints.store.from_outside.slack.workspace import Workspace
from tests.integration.audit.test_erasing import everything
from tests.plugins import invariants
from tests.stage.desks import Office, spend

HERS, SHARED = User("T0CLIENT", "U0GRACE"), User("T0CLIENT", "U0SHARED")


def link(office: Office, person: Person, user: User) -> None:
    linking.link(office.desk, user, linking.new_code(office.desk, person))


@pytest.mark.promise("H1.1")
def test_nothing_of_their_slack_is_left_and_the_audit_holds(office: Office) -> None:
    with office.desk.transaction() as tx:
        workspace.connect(tx, Workspace("T0CLIENT", "Client", "U0DESK"))
    grace, bob = office.person("Grace Hopper", Role.MANAGER), office.person("Bob", Role.MANAGER)
    with pytest.raises(WrongCode):
        linking.link(office.desk, HERS, "0000-0000")
    for person, user in ((grace, SHARED), (bob, SHARED), (grace, HERS)):
        link(office, person, user)
    linking.new_code(office.desk, grace)
    point = office.ask(office.case(), spend())
    with office.desk.transaction() as tx:
        for place, of, channel in (("U0GRACE", grace.id, "D0GRACE"), ("C0ALL", None, "C0ALL")):
            begun = cards.begin(tx, point.id, 1, place, of)
            assert begun is not None
            cards.hangs(tx, begun.id, Pin(channel, "1.1"), "open")
        turns.wait(tx, "U0GRACE", "1", timedelta(seconds=1))
        audit.append(tx, "try refused", {"slack": "U0GRACE", "why": "U0GRACE is linked to nobody"})
    joining.remove_person(office.desk, office.ada, "Grace Hopper", "left")
    office.enrol(office.ada)
    owner = wiring.desk("owner", office.settings)
    done = erasing.erase(owner, office.ada, "Grace Hopper", "asked for it")
    found = everything(office.settings)
    assert not any(word in found for word in ("grace hopper", "u0grace", "d0grace"))
    with owner.transaction() as tx:
        left = tx.execute(text("select place, person_id, state from desk.slack_card order by place")).all()
        assert [(row.place[:14], row.person_id, row.state) for row in left] == [
            ("C0ALL", None, "hangs"),
            ("erased person ", None, "refused"),
        ]
        said = [line.body for line in audit.lines(tx, 0) if line.event == "Slack account linked"]
        assert [body for body in said if "U0SHARED" in body] == [said[1]]
    after = anchoring.verify(office.desk)
    assert (after.wrong, after.erased) == ((), done.lines)
    invariants.check(office.settings)
    owner.engine.dispose()
