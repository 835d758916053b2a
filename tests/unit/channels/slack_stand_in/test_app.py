"""The stand-in for Slack with a real slack-bolt app: presses, modals and events reach it, over both of Slack's ways."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from slack_bolt import Ack, App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from tests.fakes.slack import StandIn, stand_in
from tests.fakes.slack.docs import Doc
from tests.unit.channels.slack_stand_in.test_web_api import CARD

OPTION: Doc = {"text": {"type": "plain_text", "text": "Ireland"}, "value": "eu-west-1"}
FIELD: Doc = {
    "type": "input",
    "block_id": "field.region",
    "label": {"type": "plain_text", "text": "Region"},
    "element": {"type": "static_select", "action_id": "value", "options": [OPTION], "initial_option": OPTION},
}
WHY: Doc = {
    "type": "modal",
    "callback_id": "reject",
    "private_metadata": "7",
    "title": {"type": "plain_text", "text": "Why?"},
    "submit": {"type": "plain_text", "text": "Reject"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Why?"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}


@contextmanager
def connected(slack: StandIn, app: App) -> Iterator[None]:
    """The app, over a socket that it opened."""
    handler = SocketModeHandler(app, slack.app_token)
    handler.connect()  # type: ignore[no-untyped-call]  # Bolt has left it without
    slack.wait_for_app()
    try:
        yield
    finally:
        # slack-sdk's own close waits for three seconds of silence.
        handler.client.auto_reconnect_enabled = False
        slack.disconnect(warn=False)
        handler.close()  # type: ignore[no-untyped-call]


def new_app(slack: StandIn) -> App:
    client = WebClient(slack.bot_token, base_url=slack.api_url, timeout=3)
    return App(client=client, signing_secret=slack.signing_secret, process_before_response=True)


def test_a_press_opens_a_modal_whose_answer_arrives_by_socket() -> None:
    heard: list[str] = []
    with stand_in() as slack:
        app, ada = new_app(slack), slack.user("Ada")

        @app.action("approve")
        def asked(ack: Ack, body: dict[str, object], client: WebClient) -> None:
            ack()
            client.views_open(trigger_id=str(body["trigger_id"]), view=WHY)

        @app.view("reject")
        def told(ack: Ack, view: dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]]) -> None:
            heard.append(view["state"]["values"]["why"]["value"]["value"])
            ack()

        with connected(slack, app):
            card = app.client.chat_postMessage(channel=slack.channel("asks").id, text="x", blocks=[FIELD, *CARD])
            (message,) = slack.messages("asks")
            sent = slack.press(ada, message, "approve")
            submitted = slack.submit(ada, values={"why": "too dear"})

            assert sent.acked
            assert sent.payload["container"] == {
                "type": "message",
                "message_ts": card["ts"],
                "channel_id": slack.channel("asks").id,
                "is_ephemeral": False,
            }
            chosen = {"type": "static_select", "selected_option": OPTION}
            assert sent.payload["state"] == {"values": {"field.region": {"value": chosen}}}
            assert (submitted.acked, heard, slack.has_modal(ada)) == (True, ["too dear"], False)
            with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
                app.client.views_open(trigger_id=str(sent.payload["trigger_id"]), view=WHY)


def test_what_is_said_and_commanded_arrives_and_is_sent_again_until_it_is_acknowledged() -> None:
    heard: list[str] = []
    with stand_in() as slack:
        slack.wires.retries = (0, 0.01)
        app, ada = new_app(slack), slack.user("Ada")

        @app.event("message")
        def listened(event: dict[str, str], req: BoltRequest) -> None:
            heard.append(f"{event['text']} {req.headers['x-slack-retry-num'][0]}")

        @app.command("/countersign")
        def ordered(ack: Ack, command: dict[str, str]) -> None:
            ack(f"You said {command['text']}.")

        slack.channel("asks")
        slack.say(ada, "asks", "too early")
        with connected(slack, app):
            slack.command(ada, "inbox", "asks")
            slack.say(ada, "asks", "approve")
            slack.wait(lambda: heard[-1:] == ["approve 0"], 3, "nothing was heard")

        assert [one.text for one in slack.whispered(ada)] == ["You said inbox."]
        assert [one.text for one in slack.messages("asks")] == ["too early", "approve"]
        assert [(one.retry, one.acked) for one in slack.sent if one.sort == "events_api"][:1] == [(0, False)]


class Listening(BaseHTTPRequestHandler):
    """A request URL that keeps what it was sent."""

    got: list[tuple[bytes, dict[str, str]]]
    says = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((body, dict(self.headers)))
        self.send_response(self.says)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        logging.getLogger(__name__).debug(format, *args)


@contextmanager
def listening() -> Iterator[tuple[type[Listening], str]]:
    kind = type("Kept", (Listening,), {"got": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield kind, f"http://127.0.0.1:{server.server_address[1]}/slack"
        finally:
            server.shutdown()
            thread.join()


def test_by_http_what_is_sent_is_signed_and_comes_again_as_it_was_or_signed_anew() -> None:
    with stand_in("http") as slack, listening() as (kept, url):
        slack.deliver_to(url)
        slack.wires.retries = (0,)
        client = WebClient(slack.bot_token, base_url=slack.api_url, timeout=3)
        client.chat_postMessage(channel=slack.channel("asks").id, text="x", blocks=CARD)
        sent = slack.press(slack.user("Ada"), slack.messages("asks")[0], "approve")
        slack.redeliver(sent)
        slack.redeliver(sent, signed_at=time.time() - 600)
        kept.says = 500
        slack.say(slack.user("Ada"), "asks", "approve")
        slack.wait(lambda: len(kept.got) == 5, 3, "the event didn't come again")

    verifier = SignatureVerifier(slack.signing_secret)
    verified = [verifier.is_valid_request(body, headers) for body, headers in kept.got]
    assert verified == [True, True, False, True, True]
    assert kept.got[0] == kept.got[1]
    assert json.loads(parse_qs(kept.got[0][0].decode())["payload"][0]) == sent.payload
    retried = {key.lower(): value for key, value in kept.got[4][1].items()}
    assert (retried["x-slack-retry-num"], retried["x-slack-retry-reason"]) == ("1", "http_error")
