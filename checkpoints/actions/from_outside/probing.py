"""The desk looks at production: one probe of each watched case, and an alarm for the first that finds it wrong.

Rule: the address is computed here; nothing that a project says is called.
"""

import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from checkpoints.actions.from_outside import arriving
from checkpoints.core.errors import Countersign
from checkpoints.core.from_outside.arrival import ALARM, PROBE
from checkpoints.core.from_outside.probe import Probe, Watch
from checkpoints.core.work.release import FALLS
from checkpoints.store import checkpoints
from checkpoints.store.desk import Desk
from checkpoints.store.from_outside import arrivals
from checkpoints.store.from_outside.arrivals import Watched

PATIENCE = 5.0
"""Seconds that a health check may take."""
SIDE_BY_SIDE = 8
THE_PROBE = "the desk's probe"

Watches = Mapping[tuple[str, str], Watch]
"""By case and release: another release is watched afresh."""

log = logging.getLogger(__name__)


def look_round(desk: Desk, watches: Watches) -> Watches:
    """Probes every case whose monitoring is set, once; what is wrong becomes an alarm. Raises Unavailable."""
    with desk.transaction() as tx:
        found, now = arrivals.watched(tx), checkpoints.now(tx)
    if not found:
        return {}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as side_by_side:
        probes = side_by_side.map(lambda watched: probe(address(desk, watched.slug), now), found)
        return {_key(watched): _looked(desk, watches, watched, one) for watched, one in zip(found, probes, strict=True)}


def address(desk: Desk, slug: str) -> str:
    """Where a case's production says that it is well."""
    return f"{desk.sandbox_url}/{slug}/production/health"


def probe(url: str, now: datetime) -> Probe:
    """One look. Good is status 200 in time, wherever it may redirect to."""
    began = time.monotonic()
    try:
        with httpx.stream("GET", url, timeout=PATIENCE, trust_env=False) as answer:
            good, says = answer.status_code == httpx.codes.OK, f"status {answer.status_code}"
            told = answer.headers.get(FALLS, "")
    except httpx.HTTPError as wrong:
        good, says, told = False, f"no answer ({type(wrong).__name__})", ""
    falls = int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0
    return Probe(now, good, round((time.monotonic() - began) * 1000), says, falls)


def _looked(desk: Desk, watches: Watches, watched: Watched, one: Probe) -> Watch:
    before = watches.get(_key(watched), Watch(watched.thresholds))
    watch = replace(before, thresholds=watched.thresholds).after(one)
    if before.since and not watch.since:
        log.info("%s is well again", watched.slug)
    if not watch.since or watch.told:
        return watch
    try:
        return replace(watch, told=_alarm(desk, watched, watch, watch.since))
    except Countersign as why:
        log.warning("an alarm about %s was not kept; again with the next probe: %s", watched.slug, why)
        return watch


def _alarm(desk: Desk, watched: Watched, watch: Watch, since: datetime) -> bool:
    """False while an alarm of the probe's waits for a person, from before the porter was started, say."""
    moment = since.astimezone(UTC).isoformat()
    key = f"{PROBE}{(watched.release or '-')[:12]}/{moment}"
    with desk.transaction() as tx:
        if any(waits.by_probe for waits in arrivals.untaken(tx, watched.case_id, ALARM)):
            return False
        body = {"summary": watch.what, "since": moment, "release": watched.release}
        arriving.arrive_in(tx, watched.case_id, ALARM, key, body, THE_PROBE)
    log.warning("%s: %s", watched.slug, watch.what)
    return True


def _key(watched: Watched) -> tuple[str, str]:
    return watched.slug, watched.release or ""
