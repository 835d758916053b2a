"""Somebody's personal data are erased: nothing names them, what they decided stays, audit and exports verify."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from checkpoints import wiring
from checkpoints.actions import reading, withdrawing
from checkpoints.actions.audit import anchoring, exporting, recording
from checkpoints.actions.own import granting
from checkpoints.actions.people import erasing, joining, leaving, reaching
from checkpoints.core.audit import ERASED
from checkpoints.core.errors import IllegalMove, NeedsFactor, NotYourCall, Refused
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.work.erasure import pseudonym
from checkpoints.settings import Settings
from checkpoints.store import audit
from checkpoints.store.desk import Desk
from checkpoints.store.secret import personal
from tests.integration.audit.lived import act, answer, unpacked, verified
from tests.integration.shell.commands import Shell
from tests.plugins import invariants
from tests.stage.desks import Authenticator, Office, spend
from to_tools.cli.doctor import work

NAME, ADDRESS, WHY = "Grace Hopper", "grace@example.com", "asked for it, Art. 17 GDPR"


@dataclass(frozen=True)
class Left:
    """An office that Grace has worked in and left, and the owner's desk."""

    office: Office
    owner: Desk
    grace: Person
    called: str
    app: Authenticator


@pytest.fixture
def left(office: Office) -> Iterator[Left]:
    """Ada has proven her factor; Grace has decided, was written about, is removed."""
    owner, grace = wiring.desk("owner", office.settings), office.person(NAME, Role.MANAGER)
    app = office.enrol(office.ada)
    reaching.set_email(office.desk, office.ada, NAME, ADDRESS)
    today = reading.now(office.desk).date()
    leaving.leave(office.desk, grace, NAME, today + timedelta(days=1), today + timedelta(days=3), "Ada")
    wish = granting.ask_for_role(office.desk, office.ada, NAME, Role.TO, because=f"{NAME} can do it")
    withdrawing.withdraw(office.desk, office.ada, wish.id, "not now")
    run = office.case("sample")
    point = office.ask(run, spend("300"), "1")
    answer(office, office.ada, point, Verdict.APPROVE)
    answer(office, grace, point, Verdict.APPROVE, f"{NAME} says yes; write to {ADDRESS}")
    act(office, run, point, "done")
    answer(office, office.ada, office.ask(run, spend("60"), "2"), Verdict.REJECT, "As grace hopper said: no.")
    answer(office, office.ada, office.ask(office.case("theirs", grace), spend("60"), "1"), Verdict.APPROVE)
    recording.refused(office.desk, NAME, "remove a person", NAME, Refused(f"There is no {NAME}."))
    joining.remove_person(office.desk, office.ada, NAME, f"{NAME} left the agency")
    yield Left(office, owner, grace, pseudonym(grace.id), app)
    owner.engine.dispose()


def erase(left: Left) -> erasing.Erased:
    return erasing.erase(left.owner, left.office.ada, NAME, WHY)


def everything(settings: Settings) -> str:
    """All text of all tables, as their owner reads it."""
    engine = create_engine(settings.url_for("owner"))
    with engine.begin() as tx:
        tables = tx.scalars(text("select table_name from information_schema.tables where table_schema = 'desk'")).all()
        found = [str(row) for name in tables for row in tx.scalars(text(f"select t::text from desk.{name} t"))]
    engine.dispose()
    return "\n".join(found).casefold()


def forged(left: Left, statement: str) -> list[str]:
    """What is found after the owner has done this."""
    with left.owner.transaction() as tx:
        assert tx.execute(text(statement)).rowcount != 0
    return list(anchoring.verify(left.office.desk).wrong)


@pytest.mark.promise("H1.1")
def test_nothing_names_them_any_more_and_the_chain_holds_with_what_was_signed_before(left: Left) -> None:
    office = left.office
    signed = anchoring.anchor(office.desk)
    assert signed is not None
    assert everything(office.settings).count(NAME.casefold()) > 10
    would = erasing.look(left.owner, office.ada, NAME, WHY)
    assert everything(office.settings).count(NAME.casefold()) > 10
    done = erase(left)
    assert (done, done.pseudonym, done.stays) == (would, left.called, 0)
    found = everything(office.settings)
    assert NAME.casefold() not in found
    assert ADDRESS not in found
    after = anchoring.verify(office.desk)
    assert (after.wrong, after.anchors, after.erased) == ((), (signed[0],), done.lines)
    assert [it.because for it in after.erasures] == [WHY]
    point = reading.show(office.desk, "sample/1").point
    assert (point.state, point.permit, point.counting[1].person) == ("approved", "done", left.called)
    assert point.counting[1].note == f"{left.called} says yes; write to {left.called}"
    assert reading.show(office.desk, "sample/2").point.decision is not None
    invariants.check(office.settings)
    # Their name is free again.
    assert office.person(NAME, Role.MANAGER).id != left.grace.id


def test_only_a_technical_operator_who_proved_the_factor_erases_and_only_who_was_removed(left: Left) -> None:
    office = left.office
    before = everything(office.settings)
    bob = office.person("Bob", Role.TO)
    with pytest.raises(NotYourCall):
        erasing.erase(left.owner, office.mira, NAME, WHY)
    with pytest.raises(NeedsFactor):
        erasing.erase(left.owner, bob, NAME, WHY)
    for name, because, refusal, said in (
        ("Mira", WHY, IllegalMove, "Remove them first"),
        ("Nobody", WHY, Refused, "Nobody of that name"),
        (NAME, " ", Refused, "Say why"),
        (NAME, f"{NAME} asked", Refused, "names somebody"),
        (NAME, f"mail of {ADDRESS}", Refused, "names somebody"),
    ):
        with pytest.raises(refusal, match=said):
            erasing.erase(left.owner, office.ada, name, because)
    assert NAME.casefold() in before
    assert anchoring.verify(office.desk).erased == 0
    erase(left)
    with pytest.raises(IllegalMove, match="erased before"):
        erasing.erase(left.owner, office.ada, left.called, WHY)


@pytest.mark.promise("H3.1")
def test_the_desks_own_login_can_neither_erase_nor_say_that_it_did(left: Left) -> None:
    with pytest.raises(NotYourCall), left.office.desk.transaction() as tx:
        audit.append(tx, ERASED, {})
    with pytest.raises(NotYourCall):
        erasing.erase(left.office.desk, left.office.ada, NAME, WHY)
    assert anchoring.verify(left.office.desk).erased == 0


@pytest.mark.promise("H1.1")
def test_whatever_is_done_to_an_erased_audit_is_found(left: Left) -> None:
    erase(left)
    with left.office.desk.transaction() as tx:
        *_, last = lines = list(audit.lines(tx))
    first = min(map(int, json.loads(last.body)["lines"]))
    again = f"update desk.audit_line set body = replace(body, '{left.called}', 'Somebody') where number = {first}"
    assert forged(left, again) == [
        f"line {first}: its content is not what line {last.number} left when personal data were erased"
    ]
    forged(left, f"update desk.audit_line set body = replace(body, 'Somebody', '{left.called}') where number = {first}")
    assert anchoring.verify(left.office.desk).wrong == ()
    other = next(line for line in lines if str(line.number) not in json.loads(last.body)["lines"])
    [wrong] = forged(left, f"update desk.audit_line set body = '{{}}' where number = {other.number}")
    assert wrong == f"line {other.number}: its content was changed after it was written"


def test_an_audit_that_does_not_hold_is_not_erased_for_that_would_hide_what_was_changed(left: Left) -> None:
    forged(
        left,
        """update desk.audit_line set body = replace(body, 'Hopper', 'Hoper') where number = (
        select min(number) from desk.audit_line where body like '%Hopper%')""",
    )
    with pytest.raises(Refused, match="The audit does not hold: line"):
        erase(left)
    assert ADDRESS in everything(left.office.settings)


def put(lines: list[str], place: int, **changed: object) -> None:
    """Another value in a line, and the hash of what stands in it then, as somebody writes it who owns the database."""
    said = json.loads(lines[place]) | changed
    parts = "\n".join(str(said[name]) for name in ("number", "at", "login", "event", "body", "previous"))
    lines[place] = f"{json.dumps(said | {'hash': hashlib.sha256(parts.encode()).hexdigest()})}\n"


def another_hash(lines: list[str], first: int) -> None:
    body = json.loads(json.loads(lines[-2])["body"])
    body["lines"][str(first + 1)] = "0" * 64
    put(lines, -2, body=json.dumps(body))


def in_place(place: int, old: str, new: str) -> Callable[[list[str], int], None]:
    def forge(lines: list[str], first: int) -> None:
        at = first if place == 0 else place
        lines[at] = lines[at].replace(old, new)

    return forge


FORGERIES: dict[str, tuple[Callable[[list[str], int], None], str]] = {
    "an erased line changed again": (
        in_place(0, "erased person", "erased human"),
        "left when personal data were erased",
    ),
    "a line changed without an erasure": (in_place(1, "Ada", "Ida"), "was changed after it was written"),
    "the erasing line changed": (in_place(-2, "asked for it", "nobody asked"), "was changed after it was written"),
    "another hash in it": (another_hash, "left when personal data were erased"),
}


@pytest.mark.promise("H4.3")
def test_an_export_from_before_still_verifies_and_the_one_after_says_what_was_erased(
    left: Left, tmp_path: Path
) -> None:
    office = left.office
    before = exporting.export(office.desk, office.ada, None, None, tmp_path / "before.zip")
    done = erase(left)
    after = exporting.export(office.desk, office.ada, None, None, tmp_path / "after.zip")
    assert ("erased: lines", str(done.lines)) in after.sheet
    assert not [what for what, _ in before.sheet if what == "erased: lines"]
    assert verified(before.path, before.public_key, code=0)[0] == "HOLDS"
    kept = sorted((office.settings.home / "anchors").iterdir())[0]
    said = verified(after.path, after.public_key, "--anchor", str(kept), code=0)
    assert said[0] == "HOLDS"
    assert f"  erased: {done.lines} lines" in said
    assert any(line.endswith(f"in {done.lines} of them: {WHY}") for line in said)
    assert "  look at: what was asked can't be shown: 1 (desk/1)" in said
    folder = unpacked(after.path, tmp_path / "after")
    for file in folder.glob("*.*"):
        assert NAME.casefold() not in file.read_text("utf-8", errors="replace").casefold()
    assert (folder / "checkpoints.csv").read_text("utf-8").count(left.called) >= 3
    lines = (folder / "chain.jsonl").read_text("utf-8").splitlines(keepends=True)
    first = min(map(int, json.loads(json.loads(lines[-2])["body"])["lines"])) - 1
    for forge, words in FORGERIES.values():
        changed = [*lines]
        forge(changed, first)
        assert changed != lines
        (folder / "chain.jsonl").write_text("".join(changed), "utf-8")
        told = verified(folder, after.public_key, code=1)
        assert told[0] == "DOES NOT HOLD"
        assert any(words in line for line in told), told
    was = (unpacked(before.path, tmp_path / "before") / "chain.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "chain.jsonl").write_text("".join([*lines[:first], was[first], *lines[first + 1 :]]), "utf-8")
    assert any("stands as before line" in line for line in verified(folder, after.public_key, code=1))


def test_many_lines_are_named_by_several_erasing_lines(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", 4)
    done = erase(left)
    found = anchoring.verify(left.office.desk)
    assert (found.wrong, found.erased, len(found.erasures)) == ((), done.lines, -(-done.lines // 4))


def test_doctor_names_whom_the_settings_say_to_erase_and_nobody_by_default(left: Left) -> None:
    settings = left.office.settings
    kept = settings.model_copy(update={"retention_days": 30})
    with left.office.desk.transaction() as tx:
        assert list(work.retained(tx, settings)) == []
        assert [it.found for it in work.retained(tx, kept)] == ["nobody who was removed over 30 days ago is named"]
        assert personal.overdue(tx, timedelta(days=-1)) == [NAME]
    erase(left)
    with left.office.desk.transaction() as tx:
        assert personal.overdue(tx, timedelta(days=-1)) == []


def test_in_the_shell_it_takes_the_owners_key_a_code_and_a_yes_after_what_it_would_do(shell: Shell, left: Left) -> None:
    key = left.office.settings.passfile("owner")
    words = ("people", "erase", NAME, "--because", WHY)
    hidden = key.rename(key.with_suffix(".away"))
    refused = shell.run(*words, "--otp", left.app.code(1))
    assert (refused.code, "Erasing takes the database owner's key" in refused.err) == (3, True)
    hidden.rename(key)
    assert shell.run(*words).code == 4
    nobody = shell.run(*words, "--otp", left.app.code(1))
    assert (nobody.code, "add: --yes" in nobody.err, "This can't be undone" in nobody.out) == (3, True, True)
    done = shell.run(*words, "--yes")
    assert (done.code, done.err) == (0, "")
    assert f"Erased: {left.called}" in done.out
    assert NAME.casefold() not in everything(left.office.settings)
    said = shell.run("audit", "verify")
    assert (said.code, f"{left.called}, in " in said.out) == (0, True)
    assert '"erased": ' in shell.run("audit", "verify", "--json").out
    assert "lines " in shell.run("audit", "show", "--last", "1").out
