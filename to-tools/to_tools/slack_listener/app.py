"""The Bolt app at one desk: it says to Slack that something came, at once, and only then looks at what it was.

Rule: nothing that waits for a database, or for Slack, comes before the ack or shares a thread with one.
"""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from pydantic import ValidationError
from slack_bolt import Ack, App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from checkpoints.actions.from_outside.slack import taking
from checkpoints.channels.slack import modals
from checkpoints.channels.slack.speaking import Speaker, nobodys_client
from checkpoints.core.from_outside.secret_shapes import looks_secret
from checkpoints.core.model import Verdict
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from to_tools.slack_listener import commands, homes, presses, threads
from to_tools.slack_listener.heard import Command, Heard, Interaction, Told
from to_tools.slack_listener.saying import in_modal, whispering
from to_tools.slack_listener.turns import Office, Turn

EVERYTHING = re.compile("")
ACKS, OPENERS, TURNS = 16, 8, 16
"""Threads: those that ack do nothing else, those that open modals wait for Slack at most, the others for all else."""
RECORDING = "What you said is being recorded. This window says so once it is."

log = logging.getLogger("slack")
P = TypeVar("P", bound=Heard)


class Listener:
    """Listens for one desk; `app` is what a socket, or the page's door, gives to what comes."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._office = Office(desk, Speaker(settings.slack_api_url, settings.slack_keys))
        self._acks = ThreadPoolExecutor(ACKS, "slack-ack")
        self._openers = ThreadPoolExecutor(OPENERS, "slack-open")
        self._turns = ThreadPoolExecutor(TURNS, "slack-turn")
        logging.getLogger("slack_bolt").setLevel(logging.WARNING)
        self.app = App(
            # The library would look into its own environment for a token, and ask Slack about it before the first ack.
            client=nobodys_client(settings.slack_api_url),
            authorize=_nobody,
            listener_executor=self._acks,
            # The page's door checks who signed it, more strictly; over the socket Slack is at the other end.
            request_verification_enabled=False,
            logger=logging.getLogger("slack_bolt"),
        )
        for take, listen in (
            (self.app.action(EVERYTHING), self._action),
            (self.app.view(EVERYTHING), self._view),
            (self.app.command(commands.COMMAND), self._command),
            (self.app.event(EVERYTHING), self._event),
        ):
            assert take is not None
            take(listen)

    def close(self) -> None:
        """Ends once what came has had its turn."""
        for threads_of in (self._acks, self._openers, self._turns):
            threads_of.shutdown()

    def _action(self, ack: Ack, request: BoltRequest) -> None:
        ack()
        heard = _read(Interaction, request)
        if heard is None or not heard.actions or heard.actions[0].action_id not in list(Verdict):
            # A link to the page, or a blank that is being filled in.
            return
        verdict = Verdict(heard.actions[0].action_id)
        turn = self._turn(request, heard, heard.channel.id if heard.channel else heard.container.channel_id)
        if verdict is Verdict.APPROVE:
            self._turns.submit(turn.take, lambda turn: presses.pressed(turn, heard))
        else:
            self._openers.submit(self._ask_why, turn, heard, verdict)

    def _ask_why(self, turn: Turn, heard: Interaction, verdict: Verdict) -> None:
        view_id = presses.ask_why(self._office, heard, verdict)
        if view_id:
            turn.tells = in_modal(self._office.speaker, view_id, turn.user.user_id, "")
        self._turns.submit(turn.take, lambda turn: presses.asked_why(turn, heard, verdict, view_id))

    def _view(self, ack: Ack, request: BoltRequest) -> None:
        heard = _read(Interaction, request)
        if heard is None or heard.view is None or not presses.hands_in(heard):
            ack()
            return
        ack(response_action="update", view=modals.answered("Recording", RECORDING))
        verdict = Verdict(heard.view.callback_id)
        turn = self._turn(request, heard, "")
        typed = presses.typed(heard)
        # Slack is not told a secret a second time.
        shown = "" if looks_secret(typed) else typed
        turn.tells = in_modal(self._office.speaker, heard.view.id, turn.user.user_id, shown)
        self._turns.submit(turn.take, lambda turn: presses.handed_in(turn, heard, verdict))

    def _command(self, ack: Ack, request: BoltRequest) -> None:
        ack()
        if heard := _read(Command, request):
            turn = self._turn(request, heard, heard.channel_id)
            self._turns.submit(turn.take, lambda turn: commands.said(turn, heard))

    def _event(self, request: BoltRequest) -> None:
        heard = _read(Told, request)
        if heard is None:
            return
        event = heard.event
        if event.type == "app_home_opened" and event.tab in ("", "home"):
            turn = self._turn(request, heard, "", heard.event_id)
            turn.tells = homes.telling(self._office, turn.user.user_id)
            self._turns.submit(turn.take, homes.opened)
        elif threads.is_written(event):
            turn = self._turn(request, heard, event.channel, heard.event_id, event.thread_ts)
            self._turns.submit(turn.take, lambda turn: threads.written(turn, event))

    def _turn(
        self, request: BoltRequest, heard: Interaction | Told | Command, channel: str, event: str = "", thread: str = ""
    ) -> Turn:
        user = heard.who
        said = taking.canonical(request.body) if request.mode == "socket_mode" else request.raw_body.encode()
        tells = whispering(self._office.speaker, channel, user.user_id, thread)
        return Turn(self._office, user, heard.home, taking.names(said, user.team_id, event), tells)


def _nobody() -> AuthorizeResult:
    """The library speaks for nobody: whoever presses is looked up in their turn."""
    return AuthorizeResult(enterprise_id=None, team_id=None)


def _read(shape: type[P], request: BoltRequest) -> P | None:
    """None for what is not as Slack says it; that it came is logged, and nothing that was in it."""
    with suppress(ValidationError):
        return shape.model_validate(request.body)
    log.warning("something came from Slack that is not as it says: %s", shape.__name__)
    return None
