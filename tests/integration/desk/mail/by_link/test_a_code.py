"""Over the matrix's last bound a yes by a link needs a code from another mailbox than the link's."""

import json

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.actions.people import reaching
from checkpoints.actions.people.by_link import answering, linking, proving
from checkpoints.core.errors import IllegalMove, NeedsFactor, Refused, WrongCode
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Verdict
from checkpoints.core.view import Checkpoint
from tests.integration.desk.mail.by_link.conftest import CLEO, SECOND, Client, answer, form_of
from tests.integration.desk.moments import later
from to_tools import identity


def came(client: Client, path: str) -> Person:
    return identity.by_link(client.told.office.desk, path.removeprefix("/link/"))


def say(
    client: Client, who: Person, point: Checkpoint, code: str = "", verdict: Verdict = Verdict.APPROVE
) -> Checkpoint:
    return answering.answer(client.told.office.desk, who, verdict, point.digest, {}, "so", code)


@pytest.mark.promise("C8.3")
def test_a_yes_counts_once_the_code_of_the_second_mailbox_is_given(client: Client, browser: httpx.Client) -> None:
    client.second()
    point, path, office = client.asked("600"), client.path(), client.told.office
    first = browser.get(path).text
    assert "c…@p…" in first
    assert SECOND not in first
    assert 'value="approve"' not in first
    form = form_of(browser, path, "reject") | {"verdict": "approve", "note": ""}
    for more in ({}, {"code": "000000"}, {"code": "12"}):
        refused = browser.post(f"{path}/answer", data=form | more)
        assert refused.status_code in (403, 422), refused.text
        assert (office.show(point).state, office.show(point).answers) == (State.OPEN, ())
    assert browser.post(f"{path}/code", data=form_of(browser, path, "code")).status_code == 303
    code = client.code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert answer(browser, path, code=wrong).status_code == 422
    assert office.show(point).state is State.OPEN
    assert answer(browser, path, code=f"{code[:3]} {code[3:]}").status_code == 303
    after = office.show(point)
    assert (after.state, after.answers[0].person, after.answers[0].way) == (State.APPROVED, "Cleo", "link")
    events = [line.event for line in reading.history(office.desk, point.label).lines]
    assert events[-2:] == ["second factor proved", "approved"]
    assert not {code, SECOND, CLEO} & {
        word for line in reading.audit_page(office.desk).lines for word in line.body.split('"')
    }


def test_without_a_second_address_or_with_the_same_the_page_says_what_to_do_and_a_no_needs_none(
    client: Client, browser: httpx.Client
) -> None:
    point, office = client.asked("600"), client.told.office
    path = client.path()
    shown = browser.get(path).text
    assert "a second address of yours, and we know of none" in shown
    assert 'value="approve"' not in shown
    with pytest.raises(NeedsFactor, match="we know of none"):
        say(client, came(client, path), point)
    for same in (CLEO, "CLEO@Example.com", "cleo+codes@example.com"):
        with pytest.raises(Refused, match="has to be another mailbox"):
            client.second(same)
    # The link went to the old address; a change of the first one makes that no second one.
    reaching.set_email(office.desk, office.ada, "Cleo", "cleo@new.example")
    client.second(CLEO)
    for attempt in (
        lambda: proving.ask(office.desk, came(client, path)),
        lambda: say(client, came(client, path), point),
    ):
        with pytest.raises(NeedsFactor):
            attempt()
    assert "is where the link went" in browser.get(path).text
    assert office.show(point).state is State.OPEN
    assert say(client, came(client, path), point, verdict=Verdict.REJECT).state is State.REJECTED


def test_a_code_counts_once_for_ten_minutes_and_on_its_link_alone(client: Client) -> None:
    client.second()
    one, first = client.asked("600"), client.path()
    two, second = client.asked("700", "other"), client.path()
    desk = client.told.office.desk
    proving.ask(desk, came(client, first))
    code = client.code()
    with pytest.raises(WrongCode, match="No code is waited for"):
        proving.prove(desk, came(client, second), code)
    with pytest.raises(IllegalMove, match="sent a moment ago"):
        proving.ask(desk, came(client, first))
    later(client.told.office, "11 minutes")
    with pytest.raises(WrongCode, match="No code is waited for"):
        proving.prove(desk, came(client, first), code)
    proving.ask(desk, came(client, first))
    proving.prove(desk, came(client, first), client.code())
    with pytest.raises(WrongCode, match="No code is waited for"):
        proving.prove(desk, came(client, first), client.code())
    later(client.told.office, "22 minutes")
    with pytest.raises(NeedsFactor):
        say(client, came(client, first), one)
    assert [client.told.office.show(point).state for point in (one, two)] == [State.OPEN, State.OPEN]


def test_a_guesser_has_to_wait_longer_each_time(client: Client) -> None:
    client.second()
    client.asked("600")
    desk, cleo = client.told.office.desk, came(client, client.path())
    proving.ask(desk, cleo)
    code = client.code()
    for _ in range(5):
        with pytest.raises(WrongCode, match="not the code of our newest mail"):
            proving.prove(desk, cleo, f"{(int(code) + 1) % 10**6:06}")
    with pytest.raises(WrongCode, match="5 codes in a row were wrong"):
        proving.prove(desk, cleo, code)
    with pytest.raises(WrongCode, match="5 codes in a row were wrong"):
        proving.ask(desk, cleo)
    later(client.told.office, "31 seconds")
    proving.prove(desk, cleo, code)


def test_a_link_that_was_made_by_hand_says_yes_with_a_code_alone(client: Client) -> None:
    client.second()
    point, office = client.asked("60"), client.told.office
    made, address = linking.make(office.desk, office.ada, point.label, "Cleo")
    assert (made.person, made.made_by) == ("Cleo", "Ada")
    cleo = came(client, address.removeprefix(office.desk.page_url))
    with pytest.raises(NeedsFactor, match="a code that we send to your second address"):
        say(client, cleo, point)
    assert office.show(point).state is State.OPEN
    proving.ask(office.desk, cleo)
    assert say(client, cleo, point, client.code()).state is State.APPROVED


def test_a_changed_second_address_ends_what_was_sent_or_proven(client: Client) -> None:
    client.second()
    point = client.asked("600")
    desk, cleo = client.told.office.desk, came(client, client.path())
    proving.ask(desk, cleo)
    code = client.code()
    proving.prove(desk, cleo, code)
    client.second("cleo@other.example")
    with pytest.raises(NeedsFactor):
        say(client, cleo, point)
    with pytest.raises(WrongCode, match="No code is waited for"):
        say(client, cleo, point, code)
    (line,) = [one for one in reading.audit_page(desk).lines if one.event == "second e-mail address set"][:1]
    assert json.loads(line.body)["name"] == "Cleo"


def test_a_mailbox_that_refuses_the_code_is_said_on_the_page(client: Client, browser: httpx.Client) -> None:
    client.second()
    client.asked("600")
    path = client.path()
    client.told.post.no[SECOND] = f"550 no {SECOND} here"
    browser.post(f"{path}/code", data=form_of(browser, path, "code"))
    client.told.carry()
    assert "The mail with your code did not get through to" in browser.get(path).text
    lines = [one for one in reading.audit_page(client.told.office.desk).lines if one.event == "code could not be sent"]
    assert [SECOND in line.body for line in lines] == [False]
