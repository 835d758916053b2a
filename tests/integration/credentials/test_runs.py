"""What a run does with a credential: it asks, sleeps, has it checked, and asks a person when the service says no."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from agents.delivery.project import Project, ThirdParty
from checkpoints.actions.credentials import giving
from checkpoints.actions.credentials.redeeming import of_case
from checkpoints.core.errors import Refused
from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.credentials.checking import Sandbox
from checkpoints.store.desk import Desk
from flows.delivery.phases.credentials import provide_credential, tickets_for
from flows.delivery.phases.integrations import integrate
from flows.outcomes import Refusal, Settled
from flows.work import Work
from tests.integration.credentials.asked import CALENDAR, GIVEN, KEY, SENDGRID_KEY, press, project
from tests.stage.desks import Office
from tests.stage.passes import Passes, passes

End = Settled | Refusal
PROJECT = replace(project(), integrations=(CALENDAR,))


@pytest.fixture
def running(office: Office, line: Sandbox, services: str) -> Callable[..., Passes[End]]:
    """A branch's passes, with a way to call services."""

    def following(follow: Callable[[Work, Project, str], End], which: str) -> Passes[End]:
        found = passes(office, "sample", lambda work: follow(work, PROJECT, which))
        desk = replace(found.work.desk, services=line, sandbox_url=services)
        branch = replace(found, work=replace(found.work, desk=desk))
        branch.go()
        return branch

    return following


def give(desk: Desk, branch: Passes[End], values: Mapping[str, str], sure: bool = False) -> End | None:
    """Ada gives it to the newest question, and the run goes on."""
    point = branch.points()[-1]
    giving.give(desk, branch.office.ada, press(point), values, sure)
    return branch.go()


def facts(point: Checkpoint, label: str) -> list[str]:
    return [fact.value for fact in point.request.facts if fact.label == label]


def test_a_key_is_asked_for_given_checked_and_there_for_the_release(
    desk: Desk, running: Callable[..., Passes[End]]
) -> None:
    branch = running(provide_credential, "pocket")
    (asked,) = branch.points()
    assert asked.request.action == "Need Pocket API credentials"
    assert "SANDBOX" in facts(asked, "Stand-in")[0]
    with pytest.raises(Refused, match="No credential was given for pocket"):
        tickets_for(branch.work, ["pocket"], "staging")
    end = give(desk, branch, GIVEN)
    assert isinstance(end, Settled)
    assert end.result == {"check": "pocket accepted the credential (200)", "status": "200"}
    assert branch.points()[0].permit is Permit.DONE
    (kept,) = of_case(desk, "sample")
    assert kept.openings == 1
    with pytest.raises(Refused, match="at no step that may open it"):
        tickets_for(branch.work, ["pocket"], "for myself")


def test_a_key_that_its_service_rejects_is_asked_about_and_another_has_a_new_number(
    desk: Desk, running: Callable[..., Passes[End]]
) -> None:
    branch = running(provide_credential, "pocket")
    assert give(desk, branch, GIVEN | {"consumer_key": "not-a-key-of-pocket"}, sure=True) is None
    asked = branch.points()[-1]
    assert asked.kind == "escalation"
    assert facts(asked, "Group") == ["authentication failures"]
    assert facts(asked, "Recognised as") == ["API key rejected"]
    assert "pocket rejected the credential (401)" in facts(asked, "What happened")[0]
    assert branch.answer(2, Verdict.APPROVE, {"next": "retry"}) is None
    assert branch.points()[-1].number == 3
    assert branch.answer(3, Verdict.APPROVE, {"next": "instead"}, note="another key") is None
    first, *_, again = branch.points()
    assert (first.state, again.kind, again.number) == (State.VOID, "api-credential", 4)
    assert again.request.changed == ("another value of the same: the one before is ended and forgotten",)
    assert isinstance(give(desk, branch, GIVEN), Settled)
    ended, kept = of_case(desk, "sample")
    assert ended.ended_at is not None
    assert kept.ended_at is None


@pytest.mark.parametrize(
    ("mood", "sign", "said"),
    [("-limited", "rate limiting", "Try again after 30 s."), ("-down", "service outage", "is out of order (503)")],
)
def test_a_service_that_is_away_is_asked_about_and_the_same_key_is_tried_again(
    desk: Desk, running: Callable[..., Passes[End]], mood: str, sign: str, said: str
) -> None:
    branch = running(provide_credential, "sendgrid")
    assert give(desk, branch, {"api_key": SENDGRID_KEY + mood}, sure=True) is None
    asked = branch.points()[-1]
    assert facts(asked, "Recognised as") == [sign]
    assert said in facts(asked, "What happened")[0]
    assert branch.answer(2, Verdict.APPROVE, {"next": "retry"}) is None
    end = branch.answer(3, Verdict.APPROVE, {"next": "stop"})
    assert isinstance(end, Refusal)
    (kept,) = of_case(desk, "sample")
    assert kept.openings == 2


def test_a_change_that_is_wished_is_a_revision_and_what_can_t_be_is_said(running: Callable[..., Passes[End]]) -> None:
    branch = running(provide_credential, "pocket")
    branch.answer(1, Verdict.CHANGES, note="scope: Retrieve and Add. Restrict to 10.0.0.0/8.")
    (asked,) = branch.points()
    assert asked.revision == 2
    assert facts(asked, "Scope") == ["Retrieve and Add"]
    assert facts(asked, "Restrictions") == ["10.0.0.0/8"]
    assert "3. Permissions needed: Retrieve and Add" in facts(asked, "Where to make it")
    assert asked.request.subject.parameters["scope"] == "Retrieve and Add"
    branch.answer(1, Verdict.CHANGES, note="make it nicer")
    assert branch.points()[0].state is State.WITHDRAWN
    assert "I can ask for another key" in branch.points()[0].because


def test_a_no_is_the_end_of_it(running: Callable[..., Passes[End]]) -> None:
    branch = running(provide_credential, "pocket")
    end = branch.answer(1, Verdict.REJECT, note="we leave Pocket out")
    assert isinstance(end, Refusal)
    assert "we leave Pocket out" in end.sentence


def test_a_consent_is_asked_for_and_can_be_smaller(running: Callable[..., Passes[End]]) -> None:
    branch = running(integrate, "calendar")
    branch.answer(1, Verdict.CHANGES, note="without events.read")
    (asked,) = branch.points()
    assert facts(asked, "Scopes") == ["profile"]
    assert asked.request.subject.parameters["scopes"] == "profile"
    assert asked.request.changed == ("scopes: events.read profile → profile",)
    branch.answer(1, Verdict.CHANGES, note="without profile")
    assert branch.points()[0].state is State.WITHDRAWN


def test_what_the_brief_does_not_name_is_not_asked_for(running: Callable[..., Passes[End]]) -> None:
    for follow in (provide_credential, integrate):
        with pytest.raises(Refused, match="The brief names no"):
            running(follow, "nobody")


def test_a_service_that_nobody_can_check_is_handed_over_unchecked(desk: Desk, office: Office, services: str) -> None:
    unknown = replace(PROJECT, third_parties=(ThirdParty("Nobody Knows", have=False, live=True),))
    branch = passes(office, "sample", lambda work: provide_credential(work, unknown, "nobody-knows"))
    branch.go()
    end = give(desk, branch, {"api_key": KEY})
    assert isinstance(end, Settled)
    assert end.result == {"check": "nobody here knows how to check it"}
