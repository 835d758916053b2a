"""Says to the desk that something was read, while whoever read it goes on: nobody waits for it but the process's end.

Rule: it is tried again for a while, and never lost in silence; the same process asks and takes nothing before it.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable

import httpx

from countersign.speaking import AGAIN, Desk, trusted

TRIES_S = 30.0
"""For so long it is tried; the end of a process may wait as long."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
ANSWER_S = 10.0

log = logging.getLogger("countersign")
_under_way: dict[threading.Thread, Desk] = {}


def report(desk: Desk, request: str, failed: Callable[[], None]) -> None:
    """In a thread that the interpreter waits for, with whatever event loop. `failed` is called when it came to nothing,
    and a warning is logged."""

    def work() -> None:
        why = "nobody foresaw why"
        try:
            why = _said(desk, f"/v1/requests/{request}/done")
        except Exception as wrong:  # noqa: BLE001 -- nobody is there to catch it; its text may hold anything
            why = type(wrong).__name__
        finally:
            if why:
                failed()
                log.warning("%s was read, and the desk could not be told (%s); it finds out later", request, why)
            _under_way.pop(thread, None)

    thread = threading.Thread(target=work, name=f"report {request}", daemon=False)
    _under_way[thread] = desk
    thread.start()


async def settled(desk: Desk) -> None:
    """Once what was read is said there: to ask or to take before would look like a second opening of the first one."""
    there = (desk.url, desk.token)
    for thread in [thread for thread, told in _under_way.copy().items() if (told.url, told.token) == there]:
        await asyncio.to_thread(thread.join)


def _said(desk: Desk, path: str) -> str:
    """Empty once the desk knows, else why it doesn't. Without an event loop: one may not begin at a process's end."""
    deadline, pause = time.monotonic() + TRIES_S, FIRST_PAUSE_S
    signed = {"authorization": f"Bearer {desk.token}"}
    with httpx.Client(base_url=desk.url, timeout=ANSWER_S, verify=trusted(desk.url), headers=signed) as client:
        while True:
            try:
                status = client.post(path, json={}).status_code
            except httpx.TransportError as lost:
                why = type(lost).__name__
            else:
                if 200 <= status < 300:
                    return ""
                why = f"it said {status}"
                if status not in AGAIN:
                    return why
            if time.monotonic() + pause > deadline:
                return why
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
