"""What holds on this machine: the fence around others' code, the runs' own fence, and which Terraform there is."""

from collections.abc import Iterator

from checkpoints.core.errors import Countersign
from checkpoints.fence import Fence, bubblewrap, holds
from checkpoints.fence.landlock import landlock_abi
from checkpoints.settings import Settings
from checkpoints.terraform import engines
from to_tools.cli.doctor.finding import Finding, look, ok

INSTALL_FENCE = "sudo apt install bubblewrap"
INSTALL_TERRAFORM = "make terraform"


def fence(settings: Settings) -> Iterator[Finding]:
    """Without it others' code is refused, and the runs could read the keys: said, and no error."""
    desk = Fence.of(settings)
    report, abi = holds(desk), landlock_abi()
    if report.holds:
        unheard = " or ".join(bubblewrap.unheard(desk))
        deaf = f"; nobody hears when it reaches for {unheard}: there is no room for a link" if unheard else ""
        yield ok("fence", f"others' code is held by {report.says}{deaf}")
    else:
        said = f"others' code (providers, clients' tests) is refused here: {report.says.removeprefix('no fence: ')}"
        yield look("fence", said, INSTALL_FENCE)
    if abi == 0:
        said = "no Landlock in this kernel: the runs could read the desk's keys; run only code that you trust"
        yield look("fence", said, "uname -r")


def terraform(settings: Settings) -> Iterator[Finding]:
    try:
        engine = engines.find()
    except Countersign as none:
        yield look("terraform", str(none), INSTALL_TERRAFORM)
        return
    yield ok("terraform", f"{engine}, {engine.command[0]}")
