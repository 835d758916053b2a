"""A stand-in for Slack: an HTTP and WebSocket server that the real slack-sdk and slack-bolt talk to."""

from tests.fakes.slack.stand_in import StandIn, stand_in

__all__ = ["StandIn", "stand_in"]
