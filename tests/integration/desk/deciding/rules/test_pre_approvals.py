"""What is pre-approved passes as often as people said, names it each time, and not once more."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from checkpoints.actions import reading, receiving
from checkpoints.actions.audit import exporting
from checkpoints.actions.by_runs import acting, requesting
from checkpoints.actions.own.rules import pre_approving
from checkpoints.actions.own.rules.pre_approving import Wish
from checkpoints.core.digest import digest
from checkpoints.core.errors import Countersign, IllegalMove, NotYourCall, Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Json, Request, Risk, Role, Subject
from checkpoints.store.runs import Run
from checkpoints.store.work.many.filtered import Filter
from tests.integration.audit.lived import unpacked, verified
from tests.integration.audit.test_export import rows
from tests.integration.desk.deciding.rules.conftest import Adopt, labelled
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office, spend
from tests.stage.runs import eventually

ROUNDS = 6
PreApprove = Callable[..., str]


def logs(cost: str = "60", seats: int = 5, **changed: object) -> Request:
    named = Subject("a log store", {"plan": "team", "seats": seats})
    return spend(cost, **{"subject": named, **changed})


@pytest.fixture
def run(office: Office) -> Run:
    run = office.case()
    assert office.ask(run, logs(), "like this").label == "sample/1"
    return run


@pytest.fixture
def propose(office: Office, run: Run) -> PreApprove:
    """Mira proposes that requests like sample/1 pass; by keyword, on other terms."""

    def propose(**changed: object) -> str:
        until = reading.now(office.desk) + timedelta(days=10)
        wish = Wish("sample/1", ("seats",), Decimal(60), 2, until, case="sample")
        wished = replace(wish, **changed)  # type: ignore[arg-type]
        return pre_approving.propose_pre_approval(office.desk, office.mira, wished, "the same everywhere")

    return propose


@pytest.mark.promise("D10.2")
def test_it_passes_as_often_as_people_said_and_each_use_names_it(
    office: Office, run: Run, propose: PreApprove, adopt: Adopt
) -> None:
    label = propose()
    assert office.ask(run, logs(), "while it waits").state is State.OPEN
    assert adopt(label).permit is Permit.DONE
    passed = [office.ask(run, logs(seats=number), f"use {number}") for number in (1, 2)]
    third = office.ask(run, logs(), "one too many")
    assert [point.state for point in (*passed, third)] == ["approved", "approved", "open"]
    shown = reading.show(office.desk, passed[1].label)
    assert shown.card.stands.startswith(f"{passed[1].label} was approved by pre-approval desk/1, use 2 of 2 at ")
    assert shown.card.who == "nobody: the rule may pass it ($50 to under $200; pre-approval desk/1, use 2 of 2)"
    line = reading.history(office.desk, passed[1].label).lines[-1]
    assert '"rule": "pre-approval desk/1, use 2 of 2"' in line.body
    assert '"adopted_by": "Ada"' in line.body
    assert [one.used for one in pre_approving.every(office.desk)] == [2]


OTHERS = {
    "another plan": logs(subject=Subject("a log store", {"plan": "dear", "seats": 5})),
    "over the cap": logs("60.01"),
    "a risk": logs(risks=(Risk.RUNS_CODE,)),
    "for good": logs(reversible=False),
}


def test_what_is_not_like_it_is_asked_about(office: Office, run: Run, propose: PreApprove, adopt: Adopt) -> None:
    adopt(propose())
    for name, other in OTHERS.items():
        assert office.ask(run, other, name).state is State.OPEN, name
    assert office.ask(office.case("another"), logs(), "elsewhere").state is State.OPEN
    later(office, "11 days")
    assert office.ask(run, logs(), "too late").state is State.OPEN


def test_one_for_a_client_holds_in_every_case_of_theirs(office: Office, propose: PreApprove, adopt: Adopt) -> None:
    adopt(propose(case="", client="Client Inc."))
    assert office.ask(office.case("another"), logs(), "elsewhere").state is State.APPROVED


@pytest.mark.promise("D10.2")
def test_what_passes_by_it_counts_to_what_the_rule_passed(
    office: Office, run: Run, propose: PreApprove, adopt: Adopt
) -> None:
    adopt(propose())
    assert office.ask(run, spend("12"), "small").state is State.APPROVED
    assert office.ask(run, logs(), "pre-approved").state is State.APPROVED
    assert office.ask(run, spend("12"), "small again").state is State.OPEN


@pytest.mark.promise("D10.2")
def test_the_last_use_is_used_once_by_two_porters(office: Office, run: Run, propose: PreApprove, adopt: Adopt) -> None:
    for number in range(ROUNDS):
        adopt(propose(uses=1, case="", client="Client Inc.", cap=Decimal(60 + number)))
        cases = [office.case(f"case-{number}-{porter}") for porter in range(2)]
        points = [requesting.ask(office.asker, case, "q", 1, logs()) for case in cases]
        at_once([partial(receiving.receive_next, office.desk)] * 2)
        office.receive()
        assert sorted(office.show(point).state for point in points) == ["approved", "open"]
    with office.desk.transaction() as tx:
        assert tx.execute(text("select count(*), max(number) from desk.pre_approval_use")).one() == (ROUNDS, 1)


@pytest.mark.promise("D10.2")
def test_a_last_use_that_another_porter_is_at_is_waited_for_and_then_a_person_is_asked(
    office: Office, run: Run, propose: PreApprove, adopt: Adopt
) -> None:
    adopt(propose(uses=1))
    point = requesting.ask(office.asker, run, "q", 1, logs())
    porter = threading.Thread(target=receiving.receive_next, args=(office.desk,))
    with office.desk.transaction() as tx:
        tx.execute(text("update desk.pre_approval set used = used + 1"))
        porter.start()
        eventually(lambda: waiting_for_a_lock(office) or None, "the porter at the lock", 20)
    porter.join()
    assert office.show(point).state is State.OPEN


def waiting_for_a_lock(office: Office) -> int:
    query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with office.desk.transaction() as tx:
        return int(tx.execute(text(query)).scalar_one())


def test_any_technical_operator_revokes_it_at_once_and_what_was_not_begun_is_void(
    office: Office, run: Run, propose: PreApprove, adopt: Adopt
) -> None:
    label = propose(uses=3)
    adopt(label)
    begun, unused = (office.ask(run, logs(), f"use {number}") for number in (1, 2))
    acting.begin(office.asker, run, begun, "act", digest(begun.request.subject.parameters), {})
    with pytest.raises(NotYourCall):
        pre_approving.revoke(office.desk, office.mira, label, "the price list changed")
    with pytest.raises(Refused, match="Say why"):
        pre_approving.revoke(office.desk, office.ada, label, " ")
    assert pre_approving.revoke(office.desk, office.ada, label, "the price list changed").void == (unused.label,)
    assert [office.show(point).permit for point in (begun, unused)] == [Permit.BEGUN, Permit.VOID]
    assert "pre-approval desk/1 was revoked: the price list changed" in office.show(unused).because
    assert office.ask(run, logs(), "after that").state is State.OPEN
    with pytest.raises(IllegalMove, match="revoked before"):
        pre_approving.revoke(office.desk, office.ada, label, "again")
    with pytest.raises(Refused, match="is no pre-approval"):
        pre_approving.revoke(office.desk, office.ada, "sample/1", "again")


EDITED: list[dict[str, Json]] = [{"cap": "600"}, {"uses": 900}, {"case": "", "client": "Client Inc."}, {"free": "[]"}]
EDIT = text("update desk.pre_approval set terms = terms || cast(:changed as jsonb)")


@pytest.mark.promise("D8.1")
def test_terms_that_were_edited_after_the_yes_pass_nothing(
    office: Office, run: Run, propose: PreApprove, adopt: Adopt
) -> None:
    label, other = propose(), office.case("another")
    whole = dict(adopt(label).request.subject.parameters)
    owner = create_engine(office.settings.url_for("owner"))
    for changed in EDITED:
        with owner.begin() as tx:
            tx.execute(EDIT, {"changed": json.dumps(whole | changed)})
        assert office.ask(run, logs(), f"passes not: {changed}").state is State.OPEN
        assert office.ask(other, logs("600"), f"nor this: {changed}").state is State.OPEN
    with owner.begin() as tx:
        tx.execute(EDIT, {"changed": json.dumps(whole)})
    owner.dispose()
    assert office.ask(run, logs(), "as it was").state is State.APPROVED


def test_what_always_needs_a_person_is_not_even_asked(office: Office, run: Run, propose: PreApprove) -> None:
    office.ask(run, logs(risks=(Risk.SECRET,)), "a secret")
    with pytest.raises(Refused, match="Spend can't be pre-approved like this"):
        propose(like="sample/2")
    for changed in ({"case": "nowhere"}, {"case": "", "client": ""}, {"uses": 0}, {"like": "sample/9"}):
        with pytest.raises(Countersign, match=r"Nothing was asked|There is no checkpoint"):
            propose(**changed)
    client = office.person("Cleo", Role.CLIENT)
    until = reading.now(office.desk) + timedelta(days=1)
    wish = Wish("sample/1", (), Decimal(60), 1, until, case="sample")
    with pytest.raises(NotYourCall):
        pre_approving.propose_pre_approval(office.desk, client, wish, "because")


def test_whoever_must_approve_all_uses_together_must_approve_it(office: Office, propose: PreApprove) -> None:
    label = propose(uses=5)
    office.receive()
    point = labelled(office.desk, label)
    assert point.requirement is not None
    assert (point.requirement.roles, point.requirement.step_up) == ((Role.TO, Role.MANAGER), True)


def test_an_export_names_it_and_its_verifier_holds(
    office: Office, run: Run, propose: PreApprove, adopt: Adopt, tmp_path: Path
) -> None:
    adopt(propose())
    point = office.ask(run, logs(), "use 1")
    made = exporting.export(office.desk, office.ada, None, None, tmp_path / "audit.zip")
    row = rows(unpacked(made.path, tmp_path / "export"))[point.label]
    assert row["decided by"] == "pre-approval desk/1, use 1 of 2"
    assert (row["rule"], row["rule adopted by"]) == ("pre-approval desk/1, use 1 of 2", "Ada")
    verified(tmp_path / "export", made.public_key, code=0)


@pytest.mark.promise("D10.2")
def test_one_for_several_projects_holds_in_each_of_them_and_nowhere_else(
    office: Office, propose: PreApprove, adopt: Adopt
) -> None:
    named, other = office.case("named"), office.case("not-named")
    wish = Wish("sample/1", (), Decimal(60), 9, reading.now(office.desk) + timedelta(days=1))
    found = pre_approving.would_hold(office.desk, wish, Filter(case="*a*"))
    assert found == {"named": (), "not-named": (), "sample": ("sample/1",)}
    adopt(propose(case="", cases=("sample", "named"), uses=3))
    assert office.ask(named, logs(), "here").state is State.APPROVED
    assert office.ask(other, logs(), "there").state is State.OPEN
    assert office.ask(named, logs(risks=(Risk.DELETES,)), "dangerous").state is State.OPEN
    with pytest.raises(Refused, match="There is no project"):
        propose(case="", cases=("sample", "nobodys"))
