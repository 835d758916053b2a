"""The desk's own checkpoints: proposed by one, answered by another, carried out once, and never by a machine's word."""

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, escalating, reading, withdrawing
from checkpoints.actions.audit import exporting
from checkpoints.actions.by_runs import requesting
from checkpoints.actions.courses import cancelling, deploying, opening, waiving
from checkpoints.actions.from_outside import arriving
from checkpoints.actions.own import adopting, granting, proposing
from checkpoints.actions.people import joining
from checkpoints.core.errors import Countersign, IllegalMove, NeedsFactor, NotYourCall, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Fact, Person, Request, Role, Subject, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.plan import NewCase
from checkpoints.core.work.release import Environment
from tests.integration.audit.lived import verified
from tests.integration.desk.deciding.own import approve, carry_out, promised
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office
from to_tools import identity
from to_tools.doers import ADOPTERS


@pytest.fixture
def bob(office: Office) -> Person:
    """Another technical operator, with a factor that was just proven."""
    bob = office.person("Bob", Role.TO)
    office.enrol(bob)
    return bob


@pytest.fixture
def asked(office: Office, bob: Person) -> Checkpoint:
    """Ada proposes Grace as a manager, and the desk has received it."""
    point = granting.ask_to_join(office.desk, office.ada, "Grace", Role.MANAGER, because="She runs the studio.")
    office.receive()
    return office.show(point)


def names(office: Office) -> list[str]:
    return [person.name for person in reading.everyone(office.desk)]


def events(office: Office, label: str) -> list[str]:
    return [line.event for line in reading.history(office.desk, label).lines]


def test_what_one_proposes_another_answers_and_the_desk_carries_out_once(
    office: Office, bob: Person, asked: Checkpoint
) -> None:
    assert (asked.label, asked.kind, asked.state, asked.started_by) == ("desk/1", "role", State.OPEN, office.ada.id)
    assert asked.requirement is not None
    assert asked.requirement.step_up
    assert approve(office, bob, asked).permit is Permit.UNUSED
    assert "Grace" not in names(office)
    errand = promised(office, asked)
    assert errand is not None
    after = carry_out(office, asked)
    assert (after.permit, names(office)[-1]) == (Permit.DONE, "Grace")
    adopting.adopt(office.desk, errand, ADOPTERS)
    assert names(office).count("Grace") == 1
    assert events(office, "desk/1") == [
        "asked", "proposed", "opened", "approved", "permit begun", "permit done",
    ]  # fmt: skip


@pytest.mark.promise("C1.6")
def test_whoever_proposed_it_does_not_answer_it_by_any_token_of_theirs(office: Office, asked: Checkpoint) -> None:
    office.enrol(office.ada)
    page = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "page"))
    for token in (office.ada, page):
        for verdict in (Verdict.APPROVE, Verdict.REJECT):
            with pytest.raises(NotYourCall, match="You proposed desk/1: another technical operator must answer"):
                deciding.answer(
                    office.desk, token, deciding.Press(asked.id, 1, asked.digest, verdict, note="mine, so I say")
                )
    assert office.show(asked).answers == ()


@pytest.mark.promise("C1.2")
@pytest.mark.parametrize("name", ["ADA", "  ada ", "Ａｄａ", "𝐀da"])
def test_nobody_becomes_a_second_person_by_another_spelling_of_their_name(office: Office, name: str) -> None:
    with pytest.raises(Refused, match=r"already\. Nobody was added"):
        granting.ask_to_join(office.desk, office.ada, name, Role.TO)


@pytest.mark.promise("H4.2")
def test_a_single_operator_answers_what_they_proposed_with_their_factor_and_it_says_so(
    office: Office, tmp_path: Path
) -> None:
    point = granting.ask_to_join(office.desk, office.ada, "Bob", Role.TO)
    office.receive()
    with pytest.raises(NeedsFactor):
        approve(office, office.ada, office.show(point))
    office.enrol(office.ada)
    assert approve(office, office.ada, office.show(point)).answers[0].same_person
    assert carry_out(office, point).permit is Permit.DONE
    with office.desk.transaction() as tx:
        assert not tx.execute(text("select desk.single_operator()")).scalar_one()
    exported = exporting.export(office.desk, office.ada, None, None, tmp_path / "audit.zip")
    with ZipFile(exported.path) as packed:
        table = packed.read("checkpoints.csv").decode("utf-8-sig").splitlines()
    (row,) = csv.DictReader(table)
    told = [row[cell] for cell in ("agent", "requested for", "decided by", "same person", "acted", "to look at")]
    assert told == ["desk", "Ada", "Ada", "yes", "done", "requester approved"]
    verified(exported.path, exported.public_key, code=0)


def test_no_other_role_answers_for_the_desk(office: Office, asked: Checkpoint) -> None:
    with pytest.raises(NotYourCall, match="waits for the technical operator; your roles: manager"):
        approve(office, office.mira, asked)


@pytest.mark.parametrize("ends", ["rejected", "expired", "withdrawn"])
def test_a_no_an_expiry_and_a_withdrawal_change_nothing(
    office: Office, bob: Person, asked: Checkpoint, ends: str
) -> None:
    if ends == "rejected":
        deciding.answer(office.desk, bob, deciding.Press(asked.id, 1, asked.digest, Verdict.REJECT, note="not yet"))
    elif ends == "withdrawn":
        withdrawing.withdraw(office.desk, office.ada, asked.id, "she declined")
    else:
        later(office, "400 days")
        while escalating.expire_next(office.desk):
            pass
    assert (office.show(asked).state, promised(office, asked)) == (ends, None)
    assert "Grace" not in names(office)
    later(office, "0")
    with pytest.raises(IllegalMove, match="proposed anew"):
        opening.reopen(office.desk, bob, asked.id, "she is back")


def test_two_porters_carry_it_out_once(office: Office, bob: Person, asked: Checkpoint) -> None:
    approve(office, bob, asked)
    errand = promised(office, asked)
    assert errand is not None
    assert at_once([partial(adopting.adopt, office.desk, errand, ADOPTERS)] * 4) == [None] * 4
    assert (office.show(asked).permit, names(office).count("Grace")) == (Permit.DONE, 1)


def test_a_porter_that_dies_at_its_last_line_has_changed_nothing_and_the_next_one_does_it(
    office: Office, bob: Person, asked: Checkpoint
) -> None:
    approve(office, bob, asked)
    errand = promised(office, asked)
    assert errand is not None

    def dies(*of_it: object) -> None:
        granting.let_join(*of_it)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adopting.adopt(office.desk, errand, {("role", "join"): dies})
    assert (office.show(asked).permit, "Grace" in names(office)) == (Permit.UNUSED, False)
    assert carry_out(office, asked).permit is Permit.DONE


def test_what_was_so_when_it_was_asked_and_is_no_more_makes_it_void(
    office: Office, bob: Person, asked: Checkpoint
) -> None:
    approve(office, bob, asked)
    office.person("grace", Role.CLIENT)
    after = carry_out(office, asked)
    assert (after.state, after.permit) == (State.VOID, Permit.VOID)
    assert "There is a Grace already" in after.because
    assert events(office, asked.label)[-2:] == ["approved", "voided"]


OTHERS = {
    "the subject's row": """update desk.revision set request = jsonb_set(request, '{subject,parameters,role}', '"to"')
        where checkpoint_id = :id""",
    "a filled field": "update desk.permit set digest = repeat('0', 64) where checkpoint_id = :id",
    "its age": "update desk.permit set expires_at = desk.desk_now() where checkpoint_id = :id",
}


@pytest.mark.promise("D8.1", "D8.2")
@pytest.mark.parametrize("what", OTHERS)
def test_what_is_not_exactly_what_was_approved_is_not_carried_out(
    office: Office, bob: Person, asked: Checkpoint, what: str
) -> None:
    approve(office, bob, asked)
    with office.desk.transaction() as tx:
        tx.execute(text(OTHERS[what]), {"id": asked.id})
    after = carry_out(office, asked)
    assert (after.state, "Grace" in names(office)) == (State.VOID, False)


def test_the_very_same_while_it_waits_is_not_asked_twice(office: Office, bob: Person, asked: Checkpoint) -> None:
    ask = partial(granting.ask_to_join, office.desk, office.ada, "Grace", Role.MANAGER)
    assert ask().label == "desk/1"
    approve(office, bob, asked)
    carry_out(office, asked)
    joining.remove_person(office.desk, office.ada, "Grace", "a mistake")
    with pytest.raises(Refused, match="There is a Grace already"):
        ask()


def test_a_run_can_not_ask_who_may_decide_whatever_name_it_writes(office: Office) -> None:
    wanted = Subject("the change", {"change": "join", "name": "Eve", "role": "to"})
    facts = tuple(Fact(label, "so") for label in ("Person", "Role", "Scope", "Until", "From"))
    run = office.case()
    point = requesting.ask(office.asker, run, "role", 1, Request("role", "desk", "Let Eve in", "", wanted, facts))
    office.receive()
    assert (office.show(point).state, office.show(point).because) == (
        State.WITHDRAWN,
        "refused by the desk: Role can't be asked in sample",
    )


def test_nobody_who_is_signed_out_proposes_and_the_desk_says_what_it_changes(office: Office, bob: Person) -> None:
    request = Request("role", "desk", "x", "", Subject("the change", {"change": "join"}))
    joining.sign_out(office.desk, bob)
    with pytest.raises(NotYourCall, match="not signed in any more"):
        proposing.propose(office.desk, bob, request)
    for wrong in (
        Request("role", "Hermes", "x", "", request.subject),
        Request("role", "desk", "x", "", Subject("x", {})),
    ):
        with pytest.raises(Refused, match="Nothing was asked"):
            proposing.propose(office.desk, office.ada, wrong)


def test_nobody_revises_it(office: Office, bob: Person, asked: Checkpoint) -> None:
    with pytest.raises(Refused, match="Nobody revises desk/1"):
        deciding.answer(office.desk, bob, deciding.Press(asked.id, 1, asked.digest, Verdict.CHANGES, note="less"))
    assert Verdict.CHANGES not in reading.show(office.desk, asked.label).card.verdicts


def test_the_desk_is_no_project(office: Office, asked: Checkpoint) -> None:
    assert reading.projects(office.desk) == []
    assert reading.story(office.desk, "desk").line == (
        "What the desk asks for itself: 1 (Let Grace join as a manager) waits for the technical operator."
    )
    new = NewCase("desk", "delivery", "Desk", "Client Inc.", None, {})
    tries: list[Callable[[], object]] = [
        partial(cancelling.cancel, office.desk, office.ada, "desk", "so"),
        partial(deploying.deploy, office.desk, office.ada, "desk", Environment.STAGING),
        partial(waiving.waive, office.desk, office.ada, "desk/own", "so"),
        partial(arriving.sound, office.desk, office.ada, "desk", "fire"),
        partial(opening.open_case, office.desk, office.ada, new),
    ]
    for attempt in tries:
        with pytest.raises(Countersign, match=r"no project|names nothing|there is a case “desk” already"):
            attempt()
