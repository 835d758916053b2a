"""`/countersign`: what was not shown is shown, what was shown is answered; and the app's Home is one's inbox."""

import json

from checkpoints.actions.people.by_slack import linking
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role
from checkpoints.core.view import Checkpoint
from tests.integration.from_outside.slack.listening.floors import Floor


def test_a_code_from_the_page_links_whoever_says_it(floor: Floor) -> None:
    bob = floor.office.person("Bob the linked", Role.TO)
    his = floor.slack.user("Robert")
    floor.slack.command(his, "inbox", "approvals")
    said = floor.heard(his, "not linked to anybody")
    assert f"{floor.office.desk.page_url}/account" in json.dumps(said.blocks)
    floor.slack.command(his, "approve case-0/1", "approvals")
    floor.wait(lambda: floor.refusals() == [(f"Slack user {his.id}", "approve", "case-0/1")])
    floor.slack.command(his, "link 0000-0000", "approvals")
    floor.heard(his, "That is not your code")
    his.restricted = True
    floor.slack.command(his, f"link {linking.new_code(floor.office.desk, bob)}", "approvals")
    floor.heard(his, "Guests of the workspace")
    his.restricted = False
    floor.slack.command(his, f"link {linking.new_code(floor.office.desk, bob)}", "approvals")
    floor.heard(his, "here you are Bob the linked from now on")
    assert linking.linked(floor.office.desk, bob) is not None


def test_what_one_was_not_shown_is_shown_before_it_is_approved(floor: Floor, point: Checkpoint) -> None:
    ada, slack = floor.ada, floor.slack
    slack.command(ada, "inbox", "random")
    floor.heard(ada, f"{point.label}: Buy error tracking")
    for number, words in enumerate((f"approve {point.label}", f"show {point.label}"), start=1):
        slack.command(ada, words, "random")
        floor.wait(lambda number=number: said_to_hang(floor) == number)  # type: ignore[misc]
    (hers,) = [one for one in slack.messages(ada) if point.label in one.reads and "approve" in one.buttons]
    assert floor.office.show(point).answers == ()
    slack.command(ada, f"approve {point.label}", "random")
    floor.heard(ada, f"Recorded for {point.label}")
    assert floor.office.show(point).state is State.APPROVED
    slack.command(ada, f"show {point.label}", "random")
    floor.heard(ada, "approved by Ada")
    slack.press(ada, hers, "reject")
    assert floor.office.show(point).state is State.APPROVED


def said_to_hang(floor: Floor) -> int:
    return sum("hangs in our direct messages" in one.reads for one in floor.hears(floor.ada))


def test_a_card_in_the_channel_where_it_is_said_was_shown(floor: Floor, point: Checkpoint) -> None:
    ada, slack = floor.ada, floor.slack
    floor.hang(point)
    wrong = {
        f"approve {point.label} seats=3": "“seats” is not asked here",
        f"approve {point.label} seats": "is no FIELD=VALUE",
        f"reject {point.label}": "Say why you reject it",
        "approve": "is no checkpoint",
        "approve case-0/99": "There is no checkpoint",
        "approve everything": "is no checkpoint",
        f"sudo approve {point.label}": "is nothing to say here",
    }
    for words, said in wrong.items():
        slack.command(ada, words, "approvals")
        floor.heard(ada, said)
    assert floor.office.show(point).answers == ()
    floor.wait(lambda: ("Ada", "approve", "case-0/99") in floor.refusals())
    slack.command(ada, f"reject {point.label} because it is too dear", "approvals")
    floor.heard(ada, f"Recorded for {point.label}")
    assert floor.office.show(point).because == "it is too dear"


def test_home_is_ones_own_inbox_and_is_of_now_after_an_answer(floor: Floor, point: Checkpoint) -> None:
    ada, slack = floor.ada, floor.slack
    slack.open_home(slack.user("Somebody"))
    assert "not linked to anybody" in json.dumps(slack.home(slack.user("Somebody")).body)
    slack.open_home(floor.member(floor.office.mira))
    assert "Nothing waits for you, Mira" in json.dumps(slack.home(floor.member(floor.office.mira)).body)
    slack.open_home(ada)
    floor.wait(lambda: f"{point.label}: Buy" in json.dumps(slack.home(ada).body))
    slack.press(ada, floor.hang(point), "approve")
    floor.wait(lambda: f"{point.label}: Buy" not in json.dumps(slack.home(ada).body))
