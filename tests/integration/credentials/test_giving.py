"""Giving is the approval: the value goes to the vault and nowhere else, or nothing happens at all."""

import json
from functools import partial

import pytest

from checkpoints.actions import deciding, reading, withdrawing
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.credentials import forgetting, giving
from checkpoints.core.errors import Countersign, IllegalMove, NotYourCall, Refused, Unavailable
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Asker, Field, FieldSort, Role
from checkpoints.core.view import Checkpoint
from checkpoints.credentials.embedded import Embedded
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import GIVEN, KEY, give, press, tables
from tests.integration.credentials.forgotten import forgotten
from tests.integration.desk.moments import at_once, later
from tests.stage.desks import Office, spend
from tests.stage.servers.vaults import taken


def kept(vault: Embedded) -> list[str]:
    """All paths where something lies."""
    with vault._locked() as found:
        return list(found)


def test_what_is_given_lies_in_the_vault_and_only_there(
    desk: Desk, office: Office, point: Checkpoint, vault: Embedded
) -> None:
    after = give(desk, office.ada, point)
    assert (after.state, after.permit) == (State.APPROVED, Permit.UNUSED)
    assert after.decision is not None
    reference = after.decision.fields["consumer_key"]
    assert reference.startswith(f"vault:cases/{point.case}/{point.number}/")
    assert after.decision.fields["redirect_uri"] == GIVEN["redirect_uri"]
    assert taken(vault, reference.removeprefix("vault:")) == {"consumer_key": KEY}
    assert KEY not in tables(office)
    events = [line.event for line in reading.history(office.desk, point.label).lines]
    assert events[-2:] == ["approved", "credential given"]
    card = reading.show(office.desk, point.label)
    assert card.response is not None
    assert "consumer_key lies in the vault" in card.response.details


def test_what_was_given_stays_though_the_errand_to_forget_it_was_promised_first(
    desk: Desk, office: Office, point: Checkpoint, vault: Embedded
) -> None:
    give(desk, office.ada, point)
    later(office, "1 hour")
    forgotten(desk)
    assert len(kept(vault)) == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"consumer_key": ""}, "is not filled"),
        ({"consumer_key": f" {KEY}"}, "white space at its ends"),
        ({"consumer_key": f"{KEY}\n"}, "white space at its ends"),
        ({"consumer_key": KEY[:-1]}, "doesn't look right"),
        ({"consumer_key": "SG." + KEY}, "doesn't look right"),
        ({"consumer_key": KEY + "\x00"}, "not plain text"),
        ({"consumer_key": "k" * 4_001}, "over 4000 characters"),
        ({"consumer_key": "ключ-ключ-ключ"}, "ASCII"),
        ({"redirect_uri": "javascript:alert(1)"}, "begins with https://"),
        ({"another": "x"}, "are not asked here"),
    ],
)
def test_a_slip_is_questioned_in_words_that_repeat_no_value(
    desk: Desk, office: Office, point: Checkpoint, vault: Embedded, changed: dict[str, str], told: str
) -> None:
    with pytest.raises(Refused, match=told) as refused:
        give(desk, office.ada, point, GIVEN | changed)
    assert not any(value and value in str(refused.value) for value in changed.values())
    assert office.show(point).state is State.OPEN
    assert kept(vault) == []


def test_a_person_may_be_sure_of_what_looks_odd(desk: Desk, office: Office, point: Checkpoint) -> None:
    odd = GIVEN | {"consumer_key": "a-new-sort-of-key"}
    with pytest.raises(Refused, match="or say that you are sure"):
        giving.give(desk, office.ada, press(point), odd)
    assert giving.give(desk, office.ada, press(point), odd, sure=True).state is State.APPROVED


def test_an_ordinary_answer_never_approves_it_and_never_takes_a_secret(
    desk: Desk, office: Office, point: Checkpoint
) -> None:
    for fields in ({}, GIVEN, {"redirect_uri": GIVEN["redirect_uri"]}, {"consumer_key": "vault:cases/x"}):
        answer = deciding.Press(point.id, 1, point.digest, press(point).verdict, fields)
        with pytest.raises(Refused, match="no part of an ordinary answer") as refused:
            deciding.answer(desk, office.ada, answer)
        assert KEY not in str(refused.value)
    assert office.show(point).state is State.OPEN


def test_whoever_may_not_approve_puts_nothing_into_the_vault(
    desk: Desk, office: Office, point: Checkpoint, vault: Embedded
) -> None:
    with pytest.raises(NotYourCall):
        give(desk, office.person("Grace", Role.MANAGER), point)
    with pytest.raises(NotYourCall):
        give(desk, office.mira, point)
    assert kept(vault) == []


def test_it_is_given_once(desk: Desk, office: Office, point: Checkpoint, vault: Embedded) -> None:
    give(desk, office.ada, point)
    with pytest.raises(IllegalMove, match=r"was approved by Ada .*What you gave was not kept"):
        give(desk, office.ada, point)
    assert len(kept(vault)) == 1


def test_two_who_give_at_once_leave_one_value(desk: Desk, office: Office, point: Checkpoint, vault: Embedded) -> None:
    grace = office.person("Grace", Role.TO)
    told = at_once([partial(give, desk, who, point) for who in (office.ada, grace) * 4])
    assert sum(isinstance(one, Checkpoint) for one in told) == 1
    assert all(isinstance(one, Checkpoint | IllegalMove) for one in told)
    assert len(kept(vault)) == 1


def test_a_question_that_moved_between_the_vault_and_the_decision_leaves_nothing_there(
    desk: Desk, office: Office, run: Run, point: Checkpoint, vault: Embedded
) -> None:
    stale = press(point)
    submitting.revise(office.asker, run, point, point.request)
    office.receive()
    with pytest.raises(IllegalMove, match="is at revision 2 now"):
        giving.give(desk, office.ada, stale, GIVEN)
    assert kept(vault) == []
    assert KEY not in tables(office)


def test_a_kill_between_the_vault_and_the_decision_is_forgotten_within_minutes(
    desk: Desk, office: Office, point: Checkpoint, vault: Embedded
) -> None:
    path = "cases/sample/1/left-behind"
    forgetting.promise(desk, path, giving.AT_MOST)
    vault.put(path, {"consumer_key": KEY})
    forgotten(desk)
    assert kept(vault) == [path]
    later(office, "6 minutes")
    forgotten(desk)
    assert kept(vault) == []


def test_a_vault_that_is_away_approves_nothing(desk: Desk, office: Office, point: Checkpoint, vault: Embedded) -> None:
    vault.put("p", {})
    hidden = vault.key.rename(vault.key.with_suffix(".away"))
    with pytest.raises(Unavailable, match="Nothing was"):
        give(desk, office.ada, point)
    assert (office.show(point).state, office.show(point).permit) == (State.OPEN, None)
    hidden.rename(vault.key)
    assert give(desk, office.ada, point).state is State.APPROVED


def test_a_void_approval_ends_its_credential_and_the_vault_forgets_it(
    desk: Desk, office: Office, point: Checkpoint, vault: Embedded
) -> None:
    given = give(desk, office.ada, point)
    with office.desk.transaction() as tx:
        withdrawing.void_in(tx, given, Asker("Apollo"), "it was rejected there")
    forgotten(desk)
    assert kept(vault) == []
    (ended,) = [line for line in reading.history(desk, point.label).lines if line.event == "credential ended"]
    assert json.loads(ended.body)["because"] == "it was rejected there"


def test_the_end_of_a_case_ends_all_its_credentials(
    desk: Desk, office: Office, run: Run, point: Checkpoint, vault: Embedded
) -> None:
    give(desk, office.ada, point)
    with office.desk.transaction() as tx:
        forgetting.end_credentials(tx, run.case_id)
    forgotten(desk)
    assert kept(vault) == []


def test_a_secret_is_asked_for_as_a_credential_or_not_at_all(
    desk: Desk, office: Office, run: Run, vault: Embedded
) -> None:
    sly = office.ask(run, spend(fields=(Field("token", "Your token", FieldSort.SECRET),)), "sly")
    with pytest.raises(Countersign, match="asks for no credential"):
        giving.give(desk, office.ada, press(sly), {"token": "t" * 20})
    assert kept(vault) == []
