"""The matrix that people adopted decides, at once and everywhere; one that can't be read passes nothing."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from checkpoints import wiring
from checkpoints.actions import deciding, errands, reading
from checkpoints.actions.by_runs import acting
from checkpoints.actions.own.rules import changing, simulating
from checkpoints.core.digest import digest
from checkpoints.core.errors import NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role, Verdict
from checkpoints.core.work.rules.simulation import Danger
from checkpoints.store.errands import Errand
from tests.integration.desk.deciding.own import approve
from tests.integration.desk.deciding.rules.conftest import Adopt, labelled
from tests.stage.desks import Office, spend
from tests.unit.test_catalogue import MATRIX, MATRIX_MISTAKES

HIGHER = MATRIX.replace('below = "50"', 'below = "100"').replace("\n", "\r\n").encode()
ALSO = MATRIX.replace('below = "50"', 'below = "70"').encode()
TO = "technical operator"
INSERT = text("""
    insert into desk.rule_version (document, version, adopted_by, checkpoint_id, at)
    values (:document, :version, 'Eve', :id, desk.desk_now())""")


def propose(office: Office, document: bytes = HIGHER) -> str:
    return changing.propose_matrix(office.desk, office.mira, document, "new.toml", "Log storage is dearer now.")


def test_the_matrix_that_people_adopted_decides_the_next_question_in_every_process(
    office: Office, adopt: Adopt
) -> None:
    run = office.case()
    other = replace(office, desk=wiring.desk("desk", office.settings))
    assert office.ask(run, spend("60"), "before").state is State.OPEN
    label = propose(office)
    assert office.ask(run, spend("60"), "while it waits").state is State.OPEN
    assert adopt(label).permit == "done"
    for where, question in ((office, "here"), (other, "elsewhere")):
        passed = where.ask(run, spend("40"), question)
        assert (passed.state, passed.requirement and passed.requirement.band) == ("approved", "under $50")
    assert office.ask(run, spend("60"), "too much by now").state is State.OPEN
    version = hashlib.sha256(HIGHER).hexdigest()[:12]
    line = reading.history(office.desk, passed.label).lines[-1]
    assert f'"rule": "{version}"' in line.body
    assert '"adopted_by": "Ada (desk/1)"' in line.body
    (kept,) = changing.history(office.desk)
    assert (kept.document.encode(), kept.version, kept.label) == (HIGHER, version, "desk/1")
    other.desk.engine.dispose()


def test_going_back_is_adopting_an_older_one(office: Office, adopt: Adopt) -> None:
    adopt(propose(office))
    adopt(propose(office, MATRIX.encode()))
    assert rule(office) == office.desk.matrix.version
    assert office.ask(office.case(), spend("60")).state is State.OPEN
    assert [one.label for one in changing.history(office.desk)] == ["desk/1", "desk/2"]


def test_what_the_version_before_passed_and_nobody_began_is_void(office: Office, adopt: Adopt) -> None:
    run = office.case()
    begun, unused, asked = (office.ask(run, spend(cost), cost) for cost in ("1", "2", "60"))
    acting.begin(office.asker, run, begun, "act", digest(begun.request.subject.parameters), {})
    approve(office, office.ada, asked)
    adopt(propose(office))
    while errands.carry_next(office.desk, {"put aside": changing.put_aside}):
        pass
    assert [office.show(point).permit for point in (begun, unused, asked)] == ["begun", "void", "unused"]
    assert office.show(unused).because == f"version {office.desk.matrix.version} of the rule was put aside"
    under_it = office.ask(run, spend("2"), "2", attempt=2)
    assert (under_it.state, under_it.permit) == ("approved", "unused")
    changing.put_aside(office.desk, Errand(1, "put aside", "", {"version": rule(office)}, 1, 1))
    assert office.show(under_it).permit == "unused"


def rule(office: Office) -> str:
    return changing.rule_in_force(office.desk).version


def test_whoever_proposes_it_does_not_adopt_it_and_what_is_shown_is_what_it_does(office: Office, adopt: Adopt) -> None:
    run = office.case()
    point = office.ask(run, spend("60"))
    no = deciding.Press(point.id, 1, point.digest, Verdict.REJECT, note="too dear")
    deciding.answer(office.desk, office.ada, no)
    label = changing.propose_matrix(office.desk, office.ada, HIGHER, "new.toml", "because")
    office.person("Bob", Role.TO)
    office.receive()
    card = reading.show(office.desk, label).card
    dangers = [f"{fact.label}: {fact.value}" for fact in card.dangers]
    assert dangers[0].startswith("From $50 to under $100: technical operator; reviewed bi-weekly → nobody: the rule")
    assert dangers[1].startswith("sample/1: a person rejected it, and the rule would pass it: spend, $60.00 a month")
    assert card.facts[-1].value.encode() == HIGHER
    assert "second factor" in card.factor
    with pytest.raises(NotYourCall):
        approve(office, office.ada, labelled(office.desk, label))


def test_what_was_tried_against_a_rule_that_is_no_more_is_void(office: Office, adopt: Adopt) -> None:
    first, second = propose(office), propose(office, ALSO)
    adopt(first)
    late = adopt(second)
    assert (late.state, "came into force meanwhile" in late.because) == (State.VOID, True)
    assert rule(office) == hashlib.sha256(HIGHER).hexdigest()[:12]


NONE = {
    "new.toml": b"[[band",
    "new.toml, line 18, band.1.below": MATRIX.replace('"50"', '"-1"').encode(),
    "over 16 KiB": b"#" * 20_000,
    "is in force already": MATRIX.encode(),
}


def test_what_is_no_other_matrix_is_not_asked(office: Office) -> None:
    for told, document in NONE.items():
        with pytest.raises(Refused, match=told):
            propose(office, document)
    with pytest.raises(NotYourCall):
        changing.propose_matrix(office.desk, office.person("Cleo", Role.CLIENT), HIGHER, "new.toml", "because")
    assert reading.inbox(office.desk).total == 0


@pytest.mark.promise("C9.1")
def test_a_version_in_the_database_that_can_t_be_read_passes_nothing(office: Office) -> None:
    run = office.case()
    points = [office.ask(run, spend("0"), f"{number}") for number in range(len(MATRIX_MISTAKES) + 3)]
    bad = {name: MATRIX.replace(good, wrong, 1) for name, (good, wrong, _) in MATRIX_MISTAKES.items()}
    bad |= {"nothing": "", "junk": "[" * 100, "another text than was adopted": HIGHER.decode()}
    owner = create_engine(office.settings.url_for("owner"))
    for point, (name, document) in zip(points, bad.items(), strict=True):
        named = "0" * 12 if name.startswith("another") else hashlib.sha256(document.encode()).hexdigest()[:12]
        with owner.begin() as tx:
            tx.execute(INSERT, {"document": document, "version": named, "id": point.id})
        asked = office.ask(run, spend("0"), name)
        assert asked.state is State.OPEN, name
        assert asked.requirement is not None
        assert asked.requirement.roles == tuple(Role), name
        assert asked.requirement.step_up
        assert asked.requirement.band == "the rule in force can't be read"
    unpriced = office.ask(run, spend(None), "unpriced").requirement
    assert unpriced is not None
    assert unpriced.roles == (Role.TO,)
    owner.dispose()


def test_a_rule_that_can_t_be_read_can_be_mended_at_the_desk(office: Office, adopt: Adopt) -> None:
    point = office.ask(office.case(), spend("0"))
    owner = create_engine(office.settings.url_for("owner"))
    with owner.begin() as tx:
        tx.execute(INSERT, {"document": "junk", "version": "0" * 12, "id": point.id})
    owner.dispose()
    assert adopt(propose(office)).permit == "done"
    assert office.ask(office.case("another"), spend("60")).state is State.APPROVED


def test_the_past_of_the_desk_is_run_through_a_matrix_and_nothing_is_changed(office: Office) -> None:
    run = office.case()
    for number in range(3):
        office.ask(run, spend("40"), f"{number}")
    rejected = office.ask(run, spend("150"), "dear")
    no = deciding.Press(rejected.id, 1, rejected.digest, Verdict.REJECT, note="too dear")
    deciding.answer(office.desk, office.ada, no)
    before = reading.audit_page(office.desk).total
    tried = simulating.try_matrix(office.desk, MATRIX.replace('below = "50"', 'below = "199"').encode(), "new.toml")
    assert tried.simulation.requests == 4
    found = [(one.label, one.then, one.now, one.danger) for one in tried.simulation.differs]
    assert found[:2] == [(label, TO, "the rule", Danger.UNANSWERED_PASSES) for label in ("sample/2", "sample/3")]
    assert found[2:] == [("sample/4", TO, f"{TO}, then manager", Danger.MORE)]
    alone = MATRIX.replace('below = "50"', 'below = "199"').replace("window_days = 30", "window_days = 1")
    assert simulating.try_matrix(office.desk, alone.encode(), "new.toml").changes[-1].looser
    assert reading.audit_page(office.desk).total == before
    tomorrow = reading.now(office.desk).date() + timedelta(days=1)
    with pytest.raises(Refused, match="nothing can have been received"):
        simulating.try_matrix(office.desk, HIGHER, "new.toml", since=tomorrow)
