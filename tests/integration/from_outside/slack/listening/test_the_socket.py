"""Over a socket that the desk opens: no address, the same rules, and it comes back by itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role
from checkpoints.core.view import Checkpoint
from checkpoints.store import people
from tests.fakes.slack.workspace import Message
from tests.integration.from_outside.slack.listening.floors import Floor
from to_tools.slack_listener import __main__ as by_socket
from to_tools.slack_listener.app import Listener


@contextmanager
def listening(floor: Floor) -> Iterator[None]:
    """As the process does. At its end everything that came had its turn."""
    listener, stop = Listener(floor.office.desk, floor.settings), threading.Event()
    thread = threading.Thread(target=by_socket.listen, args=(listener, floor.slack.app_token, stop), name="socket")
    floor.slack.deliver_by_socket()
    thread.start()
    try:
        floor.slack.wait_for_app()
        yield
    finally:
        stop.set()
        thread.join()
        listener.close()


@pytest.mark.promise("B4.1")
def test_a_payload_said_anew_in_another_envelope_does_nothing(
    quiet: Floor, point: Checkpoint, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_socket, "FIRST_PAUSE", 0.05)
    quiet.slack.fail("apps.connections.open", "503")
    bob, his = quiet.another("Bob", Role.CLIENT)
    with listening(quiet):
        sent = quiet.slack.press(his, message, "approve")
        assert sent.acked
        quiet.heard(his, "your roles: client")
        with quiet.office.desk.transaction() as tx:
            people.give_role(tx, bob.id, Role.TO, "Ada")
        assert quiet.slack.deliver("interactive", sent.payload).acked
        quiet.slack.disconnect()
        quiet.slack.wait_for_app()
        assert quiet.slack.deliver("interactive", sent.payload).acked
        assert len(quiet.hears(his)) == 1
        assert quiet.office.show(point).answers == ()
        assert quiet.slack.press(his, message, "approve").acked
        quiet.heard(his, f"Recorded for {point.label}")
    assert quiet.office.show(point).state is State.APPROVED
