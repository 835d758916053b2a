"""The porter: receives what was asked, carries errands, keeps the clock. Told by NOTIFY; a slow round for the rest.

Beside its rounds, in threads: telling people by mail and in Slack, probing production, comparing with Prefect, signing
the audit's end, writing down what machines were refused, and having people look over who has access and what passed.
"""

import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlsplit

import psycopg

from checkpoints import wiring
from checkpoints.actions import errands, escalating, receiving
from checkpoints.actions.audit import anchoring, depositing, recording
from checkpoints.actions.audit.depositing import Elsewhere
from checkpoints.actions.courses import mending, waking
from checkpoints.actions.credentials import alarming
from checkpoints.actions.credentials.life import ending, reminding, retiring
from checkpoints.actions.from_outside import overhearing, probing, watching
from checkpoints.actions.from_outside.agents import settling
from checkpoints.actions.own import reviewing
from checkpoints.actions.own.rules import overseeing
from checkpoints.cloud.sandbox.deployer import SOCKET
from checkpoints.core.errors import Countersign, Unavailable
from checkpoints.fence import Fence
from checkpoints.fence.heard import reaching
from checkpoints.seeing import logs
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Lane
from checkpoints.store.work import hearing
from flows.engine import reconciling
from to_tools.doers import DOERS, MAKERS, TELLERS

Rounds = Callable[[Desk, psycopg.Connection, threading.Event], None]
TELLERS_LEAVE = 3.0
SLOWEST_ROUND = 5.0
ROUND_AFTER_TROUBLE = 1.0
SECONDS_BETWEEN_SWEEPS = 10.0
LONGEST_DEAFNESS = 0.5
SECONDS_BETWEEN_REVIEWS = 900.0
SECONDS_BETWEEN_LEFTOVERS = 300.0
UNTIL_SIGNED = 300.0
"""Seconds; all of the figures here are."""

log = logging.getLogger("porter")
alive = watching.Pulse("porter")


def work_off(desk: Desk, stop: threading.Event) -> None:
    """One round: everything that is there to be received, expired and carried, or until told to stop."""
    jobs: tuple[Callable[[], bool], ...] = (
        lambda: receiving.receive_next(desk),
        lambda: escalating.expire_next(desk),
        lambda: escalating.climb_next(desk),
        lambda: ending.end_next(desk),
        lambda: waking.call_next(desk),
        lambda: mending.rescue_next(desk),
        lambda: alarming.sound_noted(desk),
        lambda: errands.carry_next(desk, DOERS),
        lambda: errands.carry_next(desk, DOERS, newest=True),
        lambda: alive.beat(desk),
    )
    while any([job() for job in jobs]) and not stop.is_set():  # noqa: C419 -- each has its turn in every round
        pass


def keep_working(desk: Desk, address: str, stop: threading.Event) -> None:
    """Rounds until told to stop; the database or Prefect may go and come back. What else goes wrong ends it."""
    _keep_at(_rounds, desk, address, stop, ())


def keep_telling(desk: Desk, address: str, stop: threading.Event, lane: Lane) -> None:
    """Tells people by one way, until told to stop, whatever goes wrong: nobody starts a thread anew."""
    _keep_at(partial(_tell_rounds, lane), desk, address, stop, (Exception,))


def keep_watching(desk: Desk, every: float, stop: threading.Event) -> None:
    """Probes production every so many seconds until told to stop: slow answers hold up no errand."""
    watches: probing.Watches = {}
    while not stop.wait(every):
        try:
            watches = probing.look_round(desk, watches)
        except Exception:
            log.exception("production could not be looked at; again in %g s", every)


def keep_comparing(desk: Desk, every: float, stop: threading.Event) -> None:
    """Compares the store with Prefect every so many seconds until told to stop, and mends what differs."""
    after = reconciling.FIRST
    while not stop.wait(every):
        try:
            after = reconciling.sweep(desk, after)
        except Unavailable as trouble:
            log.warning("not compared with Prefect, again in %g s: %s", every, trouble)
        except Exception:
            log.exception("the comparison with Prefect failed; again in %g s", every)


def keep_anchoring(desk: Desk, elsewhere: Elsewhere, every: float, stop: threading.Event) -> None:
    """Signs the audit's end, once there is one, and then every so many seconds until told to stop."""
    pause = SECONDS_BETWEEN_SWEEPS
    while not stop.wait(min(pause, every)):
        pause = SECONDS_BETWEEN_SWEEPS
        try:
            if signed := anchoring.anchor(desk):
                depositing.deposit(desk, *signed, elsewhere)
                pause = every
        except Countersign as trouble:
            log.error("the audit's end was not signed, or not put where it should be kept: %s", trouble)
            pause = UNTIL_SIGNED
        except Exception:
            log.exception("the audit's end was not signed, or not put where it should be kept")
            pause = UNTIL_SIGNED


def keep_reviewing(desk: Desk, every: float, stop: threading.Event) -> None:
    """Looks every so many seconds whether people have to look over who has access, or what passed, and asks them."""
    while not stop.wait(every):
        for look in (reviewing.open_if_due, overseeing.open_next):
            try:
                while not stop.is_set() and look(desk):
                    log.info("asked for a review")
            except Exception:
                log.exception("a review was not asked for; again in %g s", every)


def keep_tidy(desk: Desk, every: float, stop: threading.Event) -> None:
    """Every so many seconds until told to stop: what a kill left in the vault goes, older values are retired, another
    is asked for where it is due, and what agents took and never spoke of again is ended."""
    seen: ending.Leftovers = {}
    while not stop.wait(every):
        try:
            seen = ending.sweep(desk, seen)
        except Unavailable as trouble:
            log.warning("the vault was not looked through, again in %g s: %s", every, trouble)
        except Exception:
            log.exception("the vault was not looked through; again in %g s", every)
        for look in (retiring.retire_next, lambda desk: reminding.ask_next(desk, MAKERS), settling.settle_next):
            try:
                while not stop.is_set() and look(desk):
                    log.info("an older value was retired, another was asked for, or a taking that nobody ended was")
            except Exception:
                log.exception("credentials were not looked after; again in %g s", every)


def ears(settings: Settings) -> Mapping[str, overhearing.Ear]:
    """Who is asked what they refused to machines; PostgreSQL only where it is the desk's own, with a log to read."""
    # Each machine has its own, and its own porter that hears them.
    here = socket.gethostname()
    fence, sandbox = Fence.of(settings).socket, settings.run / SOCKET
    doors = {
        f"fence of {here}": overhearing.of_door(fence, "start a program behind the fence"),
        f"sandbox of {here}": overhearing.of_door(sandbox, "have the sandbox do something"),
        f"others' code of {here}": overhearing.of_fenced(fence),
        f"releases of {here}": overhearing.of_fenced(sandbox),
        f"shell of {here}": overhearing.of_shell(settings.home, f"the shell's account on {here}"),
        f"engine of {here}": overhearing.of_engine(reaching.file_of(settings.home)),
        f"agents of {here}": overhearing.of_agents(reaching.agents_file(settings.home)),
    }
    if not settings.embedded:
        return doors
    ours = urlsplit(settings.database_url).path.strip("/")
    return doors | {"postgres": overhearing.of_postgres(settings.logs / "postgres.log", (ours, "prefect"))}


def keep_overhearing(desk: Desk, ears: Mapping[str, overhearing.Ear], every: float, stop: threading.Event) -> None:
    """Writes every so many seconds until told to stop what machines were refused, and what was only counted."""
    while not stop.wait(every):
        for door, ear in ears.items():
            try:
                if heard := overhearing.overhear(desk, door, ear):
                    log.warning("%d tries of machines were refused (%s): the audit has them", heard, door)
            except Exception:
                log.exception("what was refused (%s) could not be heard; again in %g s", door, every)
        try:
            recording.end_hours(desk)
        except Exception:
            log.exception("what was refused and only counted was not written; again in %g s", every)


def _keep_at(
    rounds: Rounds, desk: Desk, address: str, stop: threading.Event, lived_through: tuple[type[Exception], ...]
) -> None:
    while not stop.is_set():
        try:
            with psycopg.connect(address, autocommit=True) as listener:
                listener.execute("listen desk")
                rounds(desk, listener, stop)
        except (psycopg.OperationalError, Unavailable) as wrong:
            log.warning("the database does not answer (%s); again in a second", type(wrong).__name__)
            stop.wait(ROUND_AFTER_TROUBLE)
        except lived_through:
            log.exception("a round failed; again in a second")
            stop.wait(ROUND_AFTER_TROUBLE)


def _rounds(desk: Desk, listener: psycopg.Connection, stop: threading.Event) -> None:
    while not stop.is_set():
        work_off(desk, stop)
        due = [look(desk) for look in (errands.seconds_to_next, waking.seconds_to_next, escalating.seconds_to_next)]
        _rest(listener, min(SLOWEST_ROUND if seconds is None else seconds for seconds in (*due, None)), stop)


def _tell_rounds(lane: Lane, desk: Desk, listener: psycopg.Connection, stop: threading.Event) -> None:
    while not stop.is_set():
        while not stop.is_set() and errands.carry_next(desk, TELLERS, lane=lane):
            pass
        due = errands.seconds_to_next(desk, lane=lane)
        _rest(listener, min(SLOWEST_ROUND, SLOWEST_ROUND if due is None else due), stop)


def _rest(listener: psycopg.Connection, seconds: float, stop: threading.Event) -> None:
    """Until told, until the time is over, or (looked at twice a second) until it has to stop."""
    end = time.monotonic() + seconds
    while not stop.is_set() and (left := end - time.monotonic()) > 0:
        if hearing.word_within(listener, min(left, LONGEST_DEAFNESS)):
            return


def main() -> None:
    """Until SIGTERM or SIGINT."""
    settings = Settings()
    logs.set_up("porter", settings)
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    address = settings.address_for("desk")
    desk = wiring.desk("desk", settings, need=("credentials", "deployer", "channels"))
    elsewhere = Elsewhere(settings.anchor_git, settings.anchor_mail)
    beside = (
        threading.Thread(target=keep_watching, args=(desk, settings.probe_seconds, stop)),
        threading.Thread(target=keep_comparing, args=(desk, SECONDS_BETWEEN_SWEEPS, stop)),
        threading.Thread(target=keep_reviewing, args=(desk, SECONDS_BETWEEN_REVIEWS, stop)),
        threading.Thread(target=keep_tidy, args=(desk, SECONDS_BETWEEN_LEFTOVERS, stop)),
        threading.Thread(target=keep_overhearing, args=(desk, ears(settings), SECONDS_BETWEEN_SWEEPS, stop)),
        threading.Thread(target=keep_anchoring, args=(desk, elsewhere, settings.anchor_minutes * 60, stop)),
    )
    # What it is in the midst of telling may be cut off: it is told again, the very same.
    lanes: tuple[Lane, ...] = ("mail", "slack")
    tellers = [threading.Thread(target=keep_telling, args=(desk, address, stop, lane), daemon=True) for lane in lanes]
    for thread in (*beside, *tellers):
        thread.start()
    log.info("at work")
    keep_working(desk, address, stop)
    for thread in beside:
        thread.join()
    leave = time.monotonic() + TELLERS_LEAVE
    for thread in tellers:
        thread.join(max(0, leave - time.monotonic()))


if __name__ == "__main__":
    main()
