"""What comes from Slack has its turn once, on however many machines it comes; the same again does nothing.

Rule: known by what was said, byte by byte, for whoever replays it; and an event by Slack's own name for it besides,
for Slack says it anew in other words. The number of a try, of an envelope or of a signature is no part of either.
"""

import hashlib
import json

from checkpoints.core.model import Json
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside.slack import payloads


def canonical(payload: Json) -> bytes:
    """The same bytes for the same payload, however it was written."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def names(said: bytes, team_id: str, event_id: str) -> frozenset[bytes]:
    """What it is known by from now on. `event_id`: empty for what isn't an event, which Slack says once."""
    known = {hashlib.sha256(b"said\0" + said).digest()}
    if event_id:
        known.add(hashlib.sha256(f"event\0{team_id}\0{event_id}".encode("utf-8", "surrogatepass")).digest())
    return frozenset(known)


def first(desk: Desk, known_by: frozenset[bytes]) -> bool:
    """True once. Raises Unavailable: then nothing of it was done, nor will be."""
    with desk.transaction() as tx:
        return payloads.take(tx, known_by)
