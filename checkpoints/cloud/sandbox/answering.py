"""What the sandbox's process can be asked for on its socket: words to calls of the host, and back.

Rule: parsed as strictly as anything from outside.
"""

from collections.abc import Mapping
from uuid import UUID

from checkpoints.cloud.sandbox.host import Host
from checkpoints.cloud.sandbox.record import Place, Served
from checkpoints.cloud.sandbox.releases import CASE, DIGEST
from checkpoints.core.errors import NoName
from checkpoints.core.model import Json
from checkpoints.fence.wire import Verb

MOST_TICKETS = 50


def verbs(host: Host) -> dict[str, Verb]:
    """By name. Each raises KeyError, TypeError or ValueError for words that make no sense."""

    def deploy(words: Mapping[str, Json]) -> Mapping[str, Json]:
        place, digest, tickets = Place.of(words), words["digest"], words["tickets"]
        if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            raise NoName("That is no release's digest. Nothing was started.")
        if not isinstance(tickets, list) or len(tickets) > MOST_TICKETS:
            raise TypeError
        return _told(host.deploy(place, digest, tuple(UUID(str(ticket)) for ticket in tickets)))

    def current(words: Mapping[str, Json]) -> Mapping[str, Json]:
        served = host.served(Place.of(words))
        return _told(served) if served else {"digest": None}

    def name_host(words: Mapping[str, Json]) -> Mapping[str, Json]:
        host.name_host(Place.of(words), str(words["host"]))
        return {}

    def stop(words: Mapping[str, Json]) -> Mapping[str, Json]:
        case = words["case"]
        if not isinstance(case, str) or not CASE.fullmatch(case):
            raise NoName("That is no case's name. Nothing was stopped.")
        host.stop(case)
        return {}

    return {"deploy": deploy, "current": current, "name host": name_host, "stop": stop}


def _told(served: Served) -> Mapping[str, Json]:
    return {"digest": served.digest, "before": served.before}
