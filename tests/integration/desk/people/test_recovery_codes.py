"""Recovery codes: ten at enrolling, each once in the place of a code, ended with the factor; using one is told."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from checkpoints.actions import deciding, errands, reading
from checkpoints.actions.people import joining, proving, reaching
from checkpoints.actions.people.accounts import recovering
from checkpoints.channels.maildir import Maildir
from checkpoints.core.errors import Countersign, NeedsFactor, NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Risk, Verdict
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Authenticator, Office, spend
from to_tools import identity
from to_tools.doers import TELLERS


def enrolled(office: Office, person: Person) -> tuple[Authenticator, tuple[str, ...]]:
    """Their authenticator, and what was shown once with it."""
    app = Authenticator(office.desk, proving.enrol(office.desk, person).seed)
    return app, proving.confirm(office.desk, person, app.code())


def unproven(office: Office) -> Person:
    """Ada by a token that was made before she enrols, so that nothing is proven with it."""
    return identity.verify(office.desk, joining.new_token(office.desk, office.ada, "page"))


def test_ten_are_shown_at_enrolling_and_kept_as_hashes_only(office: Office) -> None:
    _, codes = enrolled(office, office.ada)
    assert len(set(codes)) == recovering.HOW_MANY == recovering.left(office.desk, office.ada)
    assert all(len(code) == 19 and recovering.read(code) == code.replace("-", "") for code in codes)
    with office.desk.transaction() as tx:
        rows = "".join(str(row) for row in tx.execute(text("select t::text from desk.recovery_code t")))
        lines = "".join(tx.scalars(text("select body from desk.audit_line")))
    assert not [code for code in codes if code in rows + lines or code.replace("-", "") in rows + lines]


def test_one_stands_in_for_a_code_once_however_it_is_typed(office: Office) -> None:
    elsewhere = unproven(office)
    _, codes = enrolled(office, office.ada)
    point = office.ask(office.case(), spend(risks=(Risk.DELETES,)))
    yes = deciding.Press(point.id, 1, point.digest, Verdict.APPROVE)
    with pytest.raises(NeedsFactor):
        deciding.answer(office.desk, elsewhere, yes)
    proving.prove(office.desk, elsewhere, f" {codes[0].lower().replace('-', ' ')}")
    assert deciding.answer(office.desk, elsewhere, yes).state is State.APPROVED
    with pytest.raises(Refused, match="it was used before"):
        proving.prove(office.desk, elsewhere, codes[0])
    assert recovering.left(office.desk, office.ada) == 9
    events = [line.event for line in reading.audit_page(office.desk).lines]
    assert (events.count("recovery code used"), events.count("second factor refused")) == (1, 1)


def test_one_at_many_doors_at_once_opens_one(office: Office) -> None:
    tokens = [unproven(office) for _ in range(4)]
    _, codes = enrolled(office, office.ada)
    told = at_once([partial(proving.prove, office.desk, token, codes[0]) for token in tokens])
    assert sum(not isinstance(one, Countersign) for one in told) == 1
    assert recovering.left(office.desk, office.ada) == 9


def test_a_guessed_one_is_counted_as_a_wrong_code_is(office: Office) -> None:
    app, _ = enrolled(office, office.ada)
    for _ in range(proving.FREE_TRIES):
        with pytest.raises(Refused, match="is not the code of now"):
            proving.prove(office.desk, office.ada, "AAAA-BBBB-CCCC-DDDD")
    with pytest.raises(Refused, match="5 codes in a row were wrong"):
        proving.prove(office.desk, office.ada, app.code(1))


def test_new_ones_need_the_factor_and_end_the_old(office: Office) -> None:
    elsewhere = unproven(office)
    with pytest.raises(NeedsFactor, match="You have no second factor"):
        recovering.renew(office.desk, elsewhere)
    _, codes = enrolled(office, office.ada)
    with pytest.raises(NeedsFactor, match="Making new recovery codes needs your second factor"):
        recovering.renew(office.desk, elsewhere)
    fresh = recovering.renew(office.desk, office.ada)
    assert not set(codes) & set(fresh)
    with pytest.raises(Refused):
        proving.prove(office.desk, elsewhere, codes[0])
    proving.prove(office.desk, elsewhere, fresh[0])


def test_with_a_lost_phone_one_lets_enrol_another_and_those_of_the_old_factor_end(office: Office) -> None:
    app, codes = enrolled(office, office.ada)
    other = Authenticator(office.desk, proving.enrol(office.desk, office.ada, codes[0]).seed)
    with pytest.raises(Refused):
        proving.confirm(office.desk, office.ada, codes[1])
    fresh = proving.confirm(office.desk, office.ada, other.code())
    for gone in (codes[2], app.code(1)):
        with pytest.raises(Refused):
            proving.prove(office.desk, office.ada, gone)
    proving.end(office.desk, office.ada, fresh[0])
    assert not proving.standing(office.desk, office.ada).enrolled
    assert recovering.left(office.desk, office.ada) == 0


def test_whoever_signed_out_uses_and_makes_none(office: Office) -> None:
    _, codes = enrolled(office, office.ada)
    joining.sign_out(office.desk, office.ada)
    with pytest.raises(NotYourCall, match="not signed in any more"):
        recovering.renew(office.desk, office.ada)
    with pytest.raises(NotYourCall, match="not signed in any more"):
        proving.prove(office.desk, office.ada, codes[0])


def test_whose_it_was_is_told_by_mail_without_a_secret_in_it(office: Office, tmp_path: Path) -> None:
    _, codes = enrolled(office, office.ada)
    reaching.set_email(office.desk, office.ada, "Ada", "ada@example.com")
    proving.prove(office.desk, office.ada, codes[0])
    desk = replace(office.desk, channels={"mail": Maildir(tmp_path / "mail", "desk@example.com")})
    while errands.carry_next(desk, TELLERS, lane="mail"):
        pass
    [mail] = [file.read_text() for file in (tmp_path / "mail" / "new").iterdir()]
    assert "To: Ada <ada@example.com>" in mail
    assert "A recovery code of yours was used instead of your second factor. 9 are left." in mail
    assert not [word for word in (codes[0], "token=", "sign-in?") if word in mail]
    later(office, "1 hour")
    assert not errands.carry_next(desk, TELLERS, lane="mail")
