"""The processes of `countersign up`: who supervises, which parts run, for how long, how often they came back.

Rule: what the supervisor noted counts while it holds its lock; the rest is asked of the system.
"""

import time
from collections.abc import Iterator

import psutil

from checkpoints.settings import Settings
from to_tools.cli.doctor.finding import Finding, duration, look, ok, wrong
from to_tools.cli.doctor.ground import short
from to_tools.up import ending
from to_tools.up.alone import holder
from to_tools.up.supervisor import Noted, answers, noted

STARTING = 180.0
"""Seconds after which a desk that still starts has stuck."""
YOUNG = 60.0
"""Seconds for which the start of a part is news."""


def supervisor(settings: Settings) -> Iterator[Finding]:
    """Who starts again what dies. A team's desk may run on other machines: here nothing has to."""
    running = holder(settings.home)
    left = [] if running else ending.parts(settings.home)
    if left:
        said = f"{len(left)} processes of a desk whose supervisor is gone, {left[0].pid} the first"
        yield wrong("desk", said, "countersign down && countersign up --detach", "part-does-not-come-back")
    elif running is None:
        judged = wrong if settings.embedded else look
        yield judged("desk", f"none runs in {short(settings.home)}", "countersign up --detach")
    else:
        since = _age(running.pid)
        said = f"process {running.pid}, for {duration(since)}"
        if running.ready:
            yield ok("desk", f"{said}; starts again what dies")
        elif since > STARTING:
            do = "countersign down && countersign up --detach"
            yield wrong("desk", f"{said}, and still not ready", do, "part-does-not-come-back")
        else:
            yield look("desk", f"{said}; it is starting or stopping", "countersign doctor")


def parts(settings: Settings) -> Iterator[Finding]:
    """Those that don't run, hang, or died lately, each by itself; the others in one line."""
    if holder(settings.home) is None:
        return
    quiet = []
    for part in noted(settings.logs):
        trouble = trouble_of(part)
        if trouble:
            page = "prefect-down" if part.name == "prefect" else "part-does-not-come-back"
            do = f"countersign restart {part.name}"
            if part.again is not None:
                do = f"tail -n 20 {short(settings.logs / part.name)}.log"
            yield wrong("parts", f"{part.name} {trouble}", do, page)
        elif part.deaths and time.time() - part.since < YOUNG:
            said = f"{part.name} died and runs again for {duration(time.time() - part.since)}"
            yield look("parts", said, f"tail -n 20 {short(settings.logs / part.name)}.log")
        else:
            back = f" (came back {part.restarts}×, {duration(time.time() - part.since)} ago)" if part.restarts else ""
            quiet.append(f"{part.name}{back}")
    yield ok("parts", f"run: {', '.join(quiet)}") if quiet else look("parts", "none is noted yet", "countersign doctor")


def doors(settings: Settings) -> Iterator[Finding]:
    """Whether page and sandbox answer where links lead. Of a desk that doesn't run at all that was said already."""
    here = holder(settings.home) is not None
    for name, url in (("page", settings.page_url), ("sandbox", settings.sandbox_url)):
        # After a restart of the database the first one who asks the page is told to try again.
        if answers(url) or answers(url):
            yield ok(name, f"answers at {url}")
        elif here:
            yield wrong(name, f"no answer at {url}", f"countersign restart {name}", "part-does-not-come-back")
        elif not settings.embedded:
            yield look(name, f"no answer at {url}", "countersign up --detach")


def young(settings: Settings, name: str) -> bool:
    """Whether a part runs here, and was started just now."""
    if holder(settings.home) is None:
        return False
    return any(part.name == name and time.time() - part.since < YOUNG for part in noted(settings.logs))


def trouble_of(part: Noted) -> str:
    """Empty where it is at work."""
    if part.again is not None:
        seconds = max(0.0, part.again - time.time())
        return f"is down, died {part.deaths}× in a row; tried again in {seconds:.0f} s"
    try:
        status = psutil.Process(part.pid).status()
    except psutil.NoSuchProcess:
        return f"(process {part.pid}) just ended"
    if status in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
        return f"(process {part.pid}) is {status}: it does nothing"
    return ""


def _age(pid: int) -> float:
    try:
        return max(0.0, time.time() - psutil.Process(pid).create_time())
    except (psutil.NoSuchProcess, ValueError):
        return 0.0
