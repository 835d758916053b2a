"""A desk on which one of each happened: every outcome, every way that a permit ends, and what an auditor looks at."""

from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

from checkpoints.actions import deciding, escalating, withdrawing
from checkpoints.actions.audit import recording
from checkpoints.actions.audit.verifier.__main__ import main
from checkpoints.actions.by_runs import acting, requesting, submitting
from checkpoints.core.digest import digest
from checkpoints.core.errors import Refused
from checkpoints.core.model import Field, FieldSort, Person, Role, Subject, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run
from tests.integration.desk.moments import later
from tests.stage.desks import Office, spend

HOSTILE = '=cmd|\' /C calc\'!A0,"+1";@x\r\n"forged","row"\t-1\x1b[31m\u202e\u200b'
MANAGER = '=Mia, "M";@x'
SEATS = Field("seats", "Seats", FieldSort.NUMBER, default="5")
OUTCOMES = {
    "sample/1": "expired",
    "sample/2": "approved",
    "sample/3": "approved by the rule",
    "sample/4": "rejected",
    "sample/5": "withdrawn",
    "sample/6": "refused by the desk",
    "sample/7": "void",
    "sample/8": "approved",
    "sample/9": "approved",
    "sample/10": "open",
    "own/1": "approved",
}


def answer(office: Office, who: Person, point: Checkpoint, verdict: Verdict, note: str = "", **fields: str) -> None:
    """One answer, on the question as it is now."""
    now = office.show(point)
    deciding.answer(office.desk, who, deciding.Press(now.id, now.revision, now.digest, verdict, fields, note))


def act(office: Office, run: Run, point: Checkpoint, outcome: str) -> None:
    """The run acts on what was approved, and it ends so."""
    now = office.show(point)
    assert now.decision is not None
    named = digest(now.request.subject.parameters)
    step = acting.begin(office.asker, run, now, f"act {now.number}", named, now.decision.fields)
    acting.finish(office.asker, run, step.id, outcome, None)


def one_of_each(office: Office) -> None:
    """Six weeks of it: the first question expires, the others follow."""
    run, manager = office.case(), office.person(MANAGER, Role.MANAGER)
    office.ask(run, spend("60"), "1")
    later(office, "31 days")
    assert escalating.expire_next(office.desk)
    point = office.ask(run, spend("70", subject=Subject("b", {"what": HOSTILE, "seats": 5, "trial": True})), "2")
    answer(office, office.ada, point, Verdict.APPROVE)
    act(office, run, point, "done")
    act(office, run, office.ask(run, spend("12", fields=(SEATS,)), "3"), "failed")
    answer(office, office.ada, office.ask(run, spend("60"), "4"), Verdict.REJECT, HOSTILE)
    withdrawing.withdraw(office.desk, office.ada, office.ask(run, spend("60"), "5").id, "Bought elsewhere.")
    requesting.ask(office.asker, run, "6", 1, spend("60", facts=()))
    office.receive()
    point = office.ask(run, spend("60"), "7")
    answer(office, office.ada, point, Verdict.APPROVE)
    submitting.void(office.asker, run, office.show(point), "the state moved")
    office.receive()
    point = office.ask(run, spend("300", fields=(SEATS,)), "8")
    for who in (office.ada, manager):
        answer(office, who, point, Verdict.APPROVE, seats="7")
    act(office, run, point, "unknown")
    _revised(office, run)
    office.ask(run, spend("60"), "10")
    office.enrol(office.ada)
    answer(office, office.ada, office.ask(office.case("own", office.ada), spend("60")), Verdict.APPROVE)
    recording.refused(office.desk, "Ada", "approve", "sample/10", Refused(HOSTILE))


def _revised(office: Office, run: Run) -> None:
    point = office.ask(run, spend("60"), "9")
    answer(office, office.ada, point, Verdict.CHANGES, "cheaper, please")
    submitting.revise(office.asker, run, office.show(point), spend("55"))
    office.receive()
    answer(office, office.ada, point, Verdict.APPROVE)


def unpacked(export: Path, to: Path) -> Path:
    """The export as a folder, to be looked at and changed."""
    with ZipFile(export) as packed:
        packed.extractall(to)
    return to


def verified(export: Path, key: str, *more: str, code: int) -> Sequence[str]:
    """What the export's verifier says, having ended so. (Its own process is another test's.)"""
    import contextlib
    import io

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main([str(export), "--public-key", key, *more]) == code, said.getvalue()
    return said.getvalue().splitlines()
