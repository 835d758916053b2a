"""In an emergency one technical operator approves past the rule: never quietly, never without reason and factor."""

import json
from collections.abc import Callable

import pytest

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import acting
from checkpoints.core.errors import Countersign, IllegalMove, NeedsFactor, NotYourCall, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.view import Checkpoint
from tests.fakes.post_office import text
from tests.integration.desk.mail.conftest import ADA, Told
from tests.stage.desks import Office, spend

WHY = "Production is down, and the manager is on a plane."


def breaks(office: Office, who: Person, point: Checkpoint, why: str = WHY) -> Checkpoint:
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE, {}, why)
    return deciding.break_glass(office.desk, who, press)


def approves(office: Office, who: Person, point: Checkpoint) -> Checkpoint:
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    return deciding.answer(office.desk, who, press)


def without_reason(office: Office, point: Checkpoint) -> None:
    office.enrol(office.ada)
    breaks(office, office.ada, point, " asap  ")


def without_factor(office: Office, point: Checkpoint) -> None:
    breaks(office, office.ada, point)


def by_a_manager(office: Office, point: Checkpoint) -> None:
    mia = office.person("Mia", Role.MANAGER)
    office.enrol(mia)
    breaks(office, mia, point)


def by_the_asker(office: Office, point: Checkpoint) -> None:
    bob = office.person("Bob", Role.TO)
    office.enrol(bob)
    own = office.ask(office.case("own", by=bob), spend("300"))
    breaks(office, bob, own)


@pytest.mark.promise("C7.1")
@pytest.mark.parametrize(
    ("does", "refused"),
    [
        (without_reason, Refused),
        (without_factor, NeedsFactor),
        (by_a_manager, NotYourCall),
        (by_the_asker, NotYourCall),
    ],
)
def test_it_needs_a_technical_operator_a_reason_and_their_second_factor(
    office: Office, does: Callable[[Office, Checkpoint], None], refused: type[Countersign]
) -> None:
    point = office.ask(office.case(), spend("300"))
    with pytest.raises(refused):
        does(office, point)
    for waiting in reading.inbox(office.desk).points:
        assert (waiting.state, waiting.answers, waiting.decision) == (State.OPEN, (), None)
    assert "glass broken" not in [line.event for line in reading.history(office.desk, point.label).lines]


@pytest.mark.promise("C7.2")
def test_everybody_is_told_and_the_audit_says_why_and_past_whom(told: Told) -> None:
    office = told.office
    told.add("Mia", Role.MANAGER)
    told.add("Carl", Role.CLIENT)
    office.enrol(office.ada)
    point = office.ask(office.case(), spend("900"))
    told.carry()
    after = breaks(office, office.ada, point)
    told.carry()
    assert (after.state, after.permit) == (State.APPROVED, Permit.UNUSED)
    loud = [mail for mail in told.post.mails if mail["Subject"].strip().startswith("EMERGENCY: ")]
    assert {mail["To"].addresses[0].addr_spec for mail in loud} == {ADA, "mia@example.com", "carl@example.com"}
    for mail in loud:
        words = " ".join(text(mail).split())
        assert "was approved in an emergency by Ada alone, past its rule" in words
        assert WHY in words
    lines = reading.history(office.desk, point.label).lines
    (said,) = [json.loads(line.body) for line in lines if line.event == "glass broken"]
    assert (said["by"], said["why"], said["instead_of"]) == ("Ada", WHY, "to, manager, client")
    assert "in an emergency by Ada alone" in reading.show(office.desk, point.label).card.stands


def test_whoever_approved_already_breaks_it_when_the_others_do_not_come(office: Office) -> None:
    office.enrol(office.ada)
    run = office.case()
    point = approves(office, office.ada, office.ask(run, spend("300")))
    assert point.state is State.OPEN
    after = breaks(office, office.ada, point)
    assert after.decision is not None
    assert after.decision.emergency
    assert [given.person for given in after.answers] == ["Ada", "Ada"]
    begun = acting.begin(office.asker, run, after, "buy it", point.digest, {})
    assert begun.name == "buy it"


def test_where_their_own_yes_is_enough_no_glass_is_broken(office: Office) -> None:
    office.enrol(office.ada)
    point = office.ask(office.case(), spend("60"))
    with pytest.raises(Refused, match=r"approve it\. No glass was broken"):
        breaks(office, office.ada, point)


def test_what_is_decided_stays_so(office: Office) -> None:
    office.enrol(office.ada)
    point = breaks(office, office.ada, office.ask(office.case(), spend("300")))
    with pytest.raises(IllegalMove):
        breaks(office, office.ada, point)
