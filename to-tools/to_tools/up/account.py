"""The account that PostgreSQL runs as: the person's own, but never root's.

Rule: as root, the account gets the folder of the data, the way there, and nothing else.
"""

from __future__ import annotations

import logging
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

NAME = "countersign-postgres"
log = logging.getLogger(__name__)


class NoAccount(Exception):
    """PostgreSQL can't run here as whoever we are. The message says what to do."""


@dataclass(frozen=True)
class Account:
    """A user to start PostgreSQL as, by number; None: the one we are."""

    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> tuple[()] | None:
        """Popen's `extra_groups`: none of root's."""
        return None if self.uid is None else ()

    def own(self, folder: Path, mode: int = 0o700) -> Path:
        """Make a folder of the account's own."""
        folder.mkdir(parents=True, exist_ok=True)
        self.take(folder)
        folder.chmod(mode)
        return folder

    def take(self, path: Path) -> None:
        """Make the account the owner of a file or folder."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def let_pass(self, path: Path, ours: Collection[Path] = ()) -> None:
        """Let the account reach `path` by name; listing the folders on the way stays forbidden as it was.

        A change to a folder that isn't `ours` is said.
        """
        if self.uid is not None:
            for folder in path.parents:
                if _add(folder, stat.S_IXOTH) and folder not in ours:
                    log.warning("PostgreSQL doesn't run as root: its account may now pass through %s", folder)

    def let_run(self, bin_folder: Path) -> None:
        """Let the account execute the programs in `bin_folder`, also those of a root with a strict umask."""
        if self.uid is None:
            return
        self.let_pass(bin_folder.resolve())
        if not (bin_folder / "postgres").stat().st_mode & stat.S_IXOTH:
            for path in (bin_folder.parent, *bin_folder.parent.rglob("*")):
                mode = path.stat().st_mode
                _add(path, stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _add(path: Path, bits: int) -> bool:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)
    return mode & bits != bits


def postgres_account() -> Account:
    """Ourselves; as root, a system account made for it. Raises NoAccount when it can't be made."""
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
        if useradd is None:
            raise NoAccount("PostgreSQL refuses to run as root. Run this as an ordinary user.") from None
        shell = "/usr/sbin/nologin"
        subprocess.run([useradd, "--system", "--no-create-home", "--shell", shell, NAME], check=True)
        entry = pwd.getpwnam(NAME)
    return Account(entry.pw_uid, entry.pw_gid)
