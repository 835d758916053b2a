"""The log of the PostgreSQL that the desk runs itself, read on from where it was read before."""

from pathlib import Path

from checkpoints.store.work.watched.refusals import UpTo

AT_ONCE = 1 << 20
"""Bytes of it that are in memory at a time."""


def read_on(log: Path, before: UpTo) -> tuple[UpTo, str]:
    """The whole lines that came since, and up to where that was. Another file, or a shorter one, is read anew.

    A file that isn't there says nothing. Raises OSError.
    """
    try:
        with log.open("rb") as file:
            start = str(log.stat().st_ino)
            file.seek(0, 2)
            at = before.number if start == before.start and before.number <= file.tell() else 0
            file.seek(at)
            piece = file.read(AT_ONCE)
    except FileNotFoundError:
        return before, ""
    # A line that is longer than all that is read at once is none that counts.
    whole = piece if len(piece) == AT_ONCE and b"\n" not in piece else piece[: piece.rfind(b"\n") + 1]
    return UpTo(start, at + len(whole)), whole.decode("utf-8", "replace")
