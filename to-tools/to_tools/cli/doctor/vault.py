"""The vault, as far as its login tells: whether it lets the desk in, keeps an audit, and what lies elsewhere still.

Rule: nothing is put there to try it; that does `countersign vault check`.
"""

from collections.abc import Iterator
from dataclasses import replace

from checkpoints.core.errors import Countersign
from checkpoints.core.shown.showing import one_line
from checkpoints.settings import Settings
from to_tools import vault_set_up
from to_tools.cli.doctor.finding import Finding, look, ok, wrong

CHECK = "countersign vault check"
PATIENCE = 2.0


def lies(settings: Settings) -> Iterator[Finding]:
    """Nothing where credentials lie in the embedded file."""
    if not settings.vault_url:
        return
    # Not above: its libraries take a while, and most desks have no vault.
    from checkpoints.credentials.vault.auditing import NO_AUDIT, devices
    from checkpoints.credentials.vault.calls import Untold

    said = vault_set_up.place(settings).words
    try:
        audits = devices(replace(vault_set_up.vault(settings), patience=PATIENCE))
    except Untold as why:
        # It answered, and that is all that anybody hears there.
        yield ok("vault", f"{said}; {one_line(str(why))}")
    except Countersign as no:
        yield wrong("vault", one_line(str(no)), CHECK)
    else:
        kept = f"its audit: {', '.join(audits)}"
        yield ok("vault", f"{said}; {kept}") if audits else look("vault", f"{said}; {NO_AUDIT}")
    if left := vault_set_up.left_behind(settings):
        yield look("vault", f"{len(left)} credentials still lie in the embedded file", "countersign vault move")
