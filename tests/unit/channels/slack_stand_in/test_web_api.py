"""The stand-in for Slack, spoken to by the real slack-sdk: it keeps messages, holds Slack's limits, fails as told."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fakes.slack import StandIn, stand_in
from tests.fakes.slack.docs import Doc

BUTTON: Doc = {
    "type": "button",
    "action_id": "approve",
    "value": "1",
    "text": {"type": "plain_text", "text": "Approve"},
}
CARD: list[Doc] = [
    {"type": "section", "block_id": "card.what", "text": {"type": "mrkdwn", "text": "*A plan*"}},
    {"type": "actions", "block_id": "card.buttons", "elements": [BUTTON]},
]


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with stand_in() as slack:
        yield slack


@pytest.fixture
def slack(running: StandIn) -> Iterator[StandIn]:
    yield running
    running.heal()


@pytest.fixture
def client(slack: StandIn) -> WebClient:
    return WebClient(slack.bot_token, base_url=slack.api_url, timeout=3)


def test_a_message_is_posted_found_by_its_metadata_and_edited_in_place(slack: StandIn, client: WebClient) -> None:
    where = slack.channel("posts")
    key = {"event_type": "card", "event_payload": {"key": "k1"}}
    posted = client.chat_postMessage(channel=where.id, text="a card", blocks=CARD, metadata=key)
    client.chat_postMessage(channel=where.id, text="in its thread", thread_ts=posted["ts"])

    history = client.conversations_history(channel=where.id, include_all_metadata=True)
    client.chat_update(channel=where.id, ts=posted["ts"], text="answered", blocks=CARD[:1])

    assert [one["metadata"] for one in history["messages"]] == [key]
    (card,) = slack.messages(where)
    assert (card.reads, card.buttons, card.versions) == ("*A plan*", [], 2)
    assert [one.text for one in slack.thread(card)] == ["in its thread"]
    assert [one["text"] for one in client.conversations_replies(channel=where.id, ts=card.ts)["messages"]] == [
        "answered",
        "in its thread",
    ]


def section(length: int) -> Doc:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"text": "x", "blocks": [section(3_001)]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section(9)] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": [section(2_990)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": [CARD[0], CARD[0]]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{**CARD[1], "elements": [{**BUTTON, "value": "v" * 2_001}]}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}, "invalid_blocks"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "channel": "C0"}, "channel_not_found"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
def test_what_slack_refuses_is_refused(slack: StandIn, client: WebClient, said: Doc, error: str) -> None:
    where = slack.channel("refused")
    with pytest.raises(SlackApiError) as caught:
        client.api_call("chat.postMessage", json={"channel": where.id, **said})
    assert caught.value.response["error"] == error
    assert slack.messages(where) == []


def test_who_may_call_and_where(slack: StandIn, client: WebClient) -> None:
    outside = slack.channel("elsewhere", joined=False)
    hidden = slack.channel("hidden", private=True, joined=False)
    archived = slack.channel("archived")
    slack.archive(archived)
    calls = [
        (WebClient("xoxb-other", base_url=slack.api_url), archived.id, "invalid_auth"),
        (WebClient(base_url=slack.api_url), archived.id, "not_authed"),
        (client, outside.id, "not_in_channel"),
        (client, hidden.id, "channel_not_found"),
        (client, archived.id, "is_archived"),
    ]
    for by, where, error in calls:
        with pytest.raises(SlackApiError, match=error):
            by.chat_postMessage(channel=where, text="x")
    slack.revoke()
    with pytest.raises(SlackApiError, match="token_revoked"):
        client.auth_test()
    with pytest.raises(SlackApiError, match="unknown_method"):
        client.api_call("admin.users.list")


def test_a_call_too_many_is_told_when_to_come_again(slack: StandIn, client: WebClient) -> None:
    where = slack.channel("pace")
    slack.keep_pace(1)
    client.chat_postMessage(channel=where.id, text="one")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=where.id, text="two")
    assert (caught.value.response.status_code, caught.value.response.headers["retry-after"]) == (429, "1")
    client.chat_postMessage(channel=slack.channel("another").id, text="two")
    assert [one.text for one in slack.messages(where)] == ["one"]


@pytest.mark.parametrize("how", ["after", "hang"])
def test_a_fault_after_accepting_leaves_one_message(slack: StandIn, client: WebClient, how: str) -> None:
    where, patient = slack.channel(f"fault-{how}"), WebClient(slack.bot_token, base_url=slack.api_url, timeout=1)
    patient.retry_handlers.clear()
    slack.fail("chat.postMessage", how)
    with pytest.raises(OSError, match=r"timed out|closed|reset"):
        patient.api_call("chat.postMessage", json={"channel": where.id, "text": "x", "client_msg_id": "one"})
    client.api_call("chat.postMessage", json={"channel": where.id, "text": "x", "client_msg_id": "one"})
    assert [one.text for one in slack.messages(where)] == ["x"]


def test_people_are_told_apart(slack: StandIn, client: WebClient) -> None:
    slack.user("Guest", restricted=True)
    slack.user("Left", deleted=True)
    slack.user("Neighbour", team="T0OTHER")
    found = {name: client.users_info(user=slack.user(name).id)["user"] for name in ("Guest", "Left", "Neighbour")}
    assert (found["Guest"]["is_restricted"], found["Guest"]["is_ultra_restricted"]) == (True, False)
    assert found["Left"]["deleted"] is True
    assert (found["Neighbour"]["team_id"], found["Neighbour"]["is_stranger"]) == ("T0OTHER", True)
    direct = client.conversations_open(users=slack.user("Guest").id)["channel"]["id"]
    assert client.chat_postMessage(channel=slack.user("Guest").id, text="for you")["channel"] == direct
