"""`run`, the one call that starts others' code: by the starter if there is one, else by bubblewrap."""

from dataclasses import dataclass

from checkpoints.fence import asking, bubblewrap, child
from checkpoints.fence.job import Fence, Finished, Job, NoFence
from checkpoints.fence.landlock import landlock_abi

SCOPES_SINCE = 6
"""The first ABI of Landlock's that closes other processes' abstract sockets."""
INSTALL = "Install bubblewrap (Debian, Ubuntu, Fedora, Arch: the package `bubblewrap`) and try again."


@dataclass(frozen=True)
class Report:
    """Whether others' code can be held here, and by what, in words for people."""

    holds: bool
    says: str


def run(fence: Fence, job: Job, *, trusted: bool = False) -> Finished:
    """Run `job` behind the fence and wait for its end.

    `trusted`: it is ours and executes nobody else's code, so without a fence it runs all the same.
    Raises Refused (nothing was started), Unavailable (the same, try again), OutcomeUnknown (the starter was
    lost after it was asked).
    """
    try:
        return asking.run(fence, job) if asking.has_starter(fence) else direct(fence, job)
    except NoFence:
        if trusted:
            return child.plain(fence, job)
        raise


def direct(fence: Fence, job: Job, gone: child.Gone = child.never) -> Finished:
    """Run `job` in bubblewrap, started by this process. Raises Refused, and NoFence where that can't be."""
    return child.fenced(confined(), fence, job, gone)


def confined() -> str:
    """The path of bubblewrap. Raises NoFence where others' code can't be held."""
    program, report = bubblewrap.bwrap(), here()
    if program is None or not report.holds:
        raise NoFence(f"{report.says}: others' code was not started. {INSTALL}")
    return program


def holds(fence: Fence) -> Report:
    """What holds others' code for this desk; never raises."""
    return Report(*asking.holds(fence)) if asking.has_starter(fence) else here()


def here() -> Report:
    """What this process itself could hold."""
    program, abi = bubblewrap.bwrap(), landlock_abi()
    if program is None:
        return Report(False, "no fence: bubblewrap is missing, or can't make a namespace here")
    if abi < 4:
        return Report(False, f"no fence: this kernel's Landlock (ABI {abi}) can't close ports; Linux 6.7 can")
    scoped = "" if abi >= SCOPES_SINCE else " (abstract sockets of others are open)"
    return Report(True, f"{bubblewrap.version(program)}, Landlock ABI {abi}{scoped}")
