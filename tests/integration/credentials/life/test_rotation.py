"""Another value is due quarterly: the desk asks for it, and two lie side by side until everybody has moved."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from checkpoints.actions import deciding, reading
from checkpoints.actions.by_runs import acting, opening
from checkpoints.actions.credentials import redeeming
from checkpoints.actions.credentials.life import reminding, retiring, revoking, rotating
from checkpoints.actions.people import joining, proving
from checkpoints.core.errors import Unavailable
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Person, Subject, Verdict
from checkpoints.core.ports import Credentials
from checkpoints.core.view import Checkpoint
from checkpoints.rules.rotation import read_rotation
from checkpoints.store.desk import Desk
from checkpoints.store.runs import Run
from checkpoints.store.secret.lives import Life
from tests.integration.credentials.asked import KEY, press
from tests.integration.credentials.life.stage import carried, events
from tests.integration.credentials.life.test_by_hand import NEW, life_of
from tests.integration.desk.deciding.own import approve, carry_out
from tests.integration.desk.moments import later
from tests.stage.desks import Authenticator, Office, spend
from to_tools import identity

DIGEST = "a" * 64


def asked(office: Office) -> list[Checkpoint]:
    office.receive()
    return [point for point in reading.inbox(office.desk).points if point.kind == "rotation"]


def deploy(office: Office, run: Run, environment: str, ends: str = "done") -> None:
    """A release is deployed there, and handed the credential as it is now."""
    name = f"{environment} {len(reading.waiting_in(office.desk, run.case))} {reading.now(office.desk)}"
    wanted = spend(subject=Subject("the image", {"release": DIGEST, "environment": environment}))
    approved = deciding.answer(office.desk, office.ada, press(office.ask(run, wanted, name)))
    step = acting.begin(office.asker, run, approved, name, approved.digest, {})
    (ticket,) = opening.open_for_release(office.asker, run, ["pocket"], environment)
    redeeming.values_for_release(office.desk, ticket, run.case, environment, DIGEST)
    acting.finish(office.asker, run, step.id, ends, None)


def versions(office: Office, backend: Credentials) -> int:
    """How many values lie there, once all that nobody has is retired."""
    while retiring.retire_next(office.desk):
        pass
    carried(office)
    return len(backend.paths())


def rotate(office: Office, given: Checkpoint, by: Person | None = None) -> Life:
    return rotating.rotate(office.desk, by or office.ada, given.label, {"consumer_key": NEW})


def back_again(office: Office, app: Authenticator) -> Person:
    """Ada, signed in and with her factor proven, months later."""
    with office.desk.transaction() as tx:
        joined = joining.tokens(tx, office.ada.id, "Ada")
    ada = identity.verify(office.desk, joined.shell)
    proving.prove(office.desk, ada, app.code())
    return ada


def test_the_figures_are_a_quarter_and_never_for_what_is_not_ours_to_rotate() -> None:
    rotation = read_rotation()
    assert rotation.after("api-credential", "pocket", "given") == timedelta(days=90)
    assert rotation.after("api-credential", "pocket", "made") == timedelta(days=90)
    assert rotation.after("third-party-integration", "calendar", "given") is None
    assert rotation.after("api-credential", "pocket", "existing") is None
    assert rotation.after("api-credential", "pocket", "lease") is None


def test_it_is_asked_for_once_when_it_is_due_and_rotating_is_the_answer(
    office: Office, given: Checkpoint, app: Authenticator
) -> None:
    later(office, "89 days")
    assert not reminding.ask_next(office.desk, {})
    later(office, "91 days")
    assert reminding.ask_next(office.desk, {})
    assert not reminding.ask_next(office.desk, {})
    (question,) = asked(office)
    assert question.request.action == "Rotate the pocket credential of sample/1"
    steps = [fact.value for fact in question.request.facts if fact.label == "Steps"]
    assert "/checkpoints/sample/1/credential/lives#rotate" in steps[1]
    rotate(office, given, back_again(office, app))
    after = office.show(question)
    assert (after.state, after.because) == (State.WITHDRAWN, "Ada rotated it: version 2")
    assert not reminding.ask_next(office.desk, {})
    later(office, "182 days")
    assert reminding.ask_next(office.desk, {})


@pytest.mark.parametrize(("outcome", "due"), [("later", "130 days"), ("never", "")])
def test_a_yes_says_how_long_it_stays_and_a_no_has_it_asked_again_a_week_later(
    office: Office, given: Checkpoint, app: Authenticator, outcome: str, due: str
) -> None:
    later(office, "91 days")
    assert reminding.ask_next(office.desk, {})
    (question,) = asked(office)
    ada = back_again(office, app)
    no = deciding.Press(question.id, 1, question.digest, Verdict.REJECT, {}, "not today")
    deciding.answer(office.desk, ada, no)
    later(office, "97 days")
    assert not reminding.ask_next(office.desk, {})
    later(office, "99 days")
    assert reminding.ask_next(office.desk, {})
    (again,) = asked(office)
    approve(office, back_again(office, app), again, {"outcome": outcome})
    assert carry_out(office, again).permit is Permit.DONE
    assert events(office, given)[-1] == "rotation put off"
    later(office, "120 days")
    assert not reminding.ask_next(office.desk, {})
    later(office, due or "2000 days")
    assert reminding.ask_next(office.desk, {}) is bool(due)


def test_a_yes_that_comes_after_it_ended_changes_nothing(office: Office, given: Checkpoint, app: Authenticator) -> None:
    later(office, "91 days")
    assert reminding.ask_next(office.desk, {})
    (question,) = asked(office)
    ada = back_again(office, app)
    approve(office, ada, question, {"outcome": "later"})
    revoking.revoke(office.desk, ada, given.label, "it leaked")
    assert carry_out(office, question).state is State.VOID


def test_where_an_api_can_it_is_made_without_asking_and_where_that_fails_a_person_is_asked(
    office: Office, given: Checkpoint, backend: Credentials
) -> None:
    made: list[str] = []

    def makes(desk: Desk, point: Checkpoint, life: Life) -> Mapping[str, str]:
        made.append(point.label)
        if len(made) > 1:
            raise Unavailable("the service is out of order")
        return {"consumer_key": NEW}

    makers = {("given", "pocket"): makes}
    later(office, "91 days")
    assert reminding.ask_next(office.desk, makers)
    assert (life_of(office, given).version, len(backend.paths()), asked(office)) == (2, 2, [])
    later(office, "182 days")
    assert reminding.ask_next(office.desk, makers)
    assert not reminding.ask_next(office.desk, makers)
    (question,) = asked(office)
    assert question.request.facts[-1].value == "the service is out of order"


def test_the_older_value_goes_once_every_release_that_had_it_was_handed_the_newer_one(
    office: Office, run: Run, given: Checkpoint, backend: Credentials
) -> None:
    deploy(office, run, "staging")
    deploy(office, run, "production")
    rotate(office, given)
    later(office, "6 minutes")
    assert versions(office, backend) == 2
    with office.desk.transaction() as tx:
        (beside,) = retiring.beside(tx)
    assert beside.users == ("staging", "production")
    assert beside.words.endswith("staging, production still on version 1: deploy again")
    deploy(office, run, "staging")
    deploy(office, run, "production", "failed")
    assert versions(office, backend) == 2
    redeeming.reopen(office.desk, run.case, "the sandbox was started again", "production")
    assert versions(office, backend) == 1
    assert events(office, given)[-1] == "credential version retired"
    assert life_of(office, given).ended_at is None


def test_an_older_value_that_nobody_has_goes_by_itself_and_a_person_may_say_so_before(
    office: Office, run: Run, given: Checkpoint, backend: Credentials, app: Authenticator
) -> None:
    rotate(office, given)
    assert versions(office, backend) == 2
    later(office, "6 minutes")
    assert versions(office, backend) == 1
    deploy(office, run, "staging")
    rotating.rotate(office.desk, office.ada, given.label, {"consumer_key": KEY})
    assert versions(office, backend) == 2
    assert retiring.retire(office.desk, office.ada, given.label) == 1
    assert versions(office, backend) == 1
