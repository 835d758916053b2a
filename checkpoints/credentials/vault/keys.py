"""The file with what the desk logs in to the vault with: an AppRole's role id and secret id, for its owner alone."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_IMODE

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.store.secret import private_files

NAMES = ("role_id", "secret_id")
KEY = re.compile(r"[\w.-]{1,200}", re.ASCII)
ANEW = "Set it up, or connect it: countersign vault set-up, or countersign vault connect"


@dataclass(frozen=True)
class VaultKeys:
    """An AppRole's two halves."""

    role_id: str = field(repr=False)
    secret_id: str = field(repr=False)


def read(file: Path) -> VaultKeys:
    """Raises Unavailable when it isn't there, isn't what it should be, or is open to others."""
    told = _told(file)
    if isinstance(told, Unavailable):
        raise told
    if set(told) != set(NAMES) or not all(isinstance(each, str) and KEY.fullmatch(each) for each in told.values()):
        raise Unavailable(f"{file} has something else in it than the vault's keys. {ANEW}")
    return VaultKeys(**told)


def _told(file: Path) -> dict[str, str] | Unavailable:
    """Raised by its caller: an error about what stands in a file has it with it, and is chained to nothing."""
    try:
        if S_IMODE(file.stat().st_mode) & 0o077:
            return Unavailable(f"Others can read {file}: chmod 600, and make a new secret id in the vault.")
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Unavailable(f"The desk has no keys for the vault. {ANEW}")
    except (OSError, ValueError):
        return Unavailable(f"{file} can't be read. {ANEW}")


def write(file: Path, keys: VaultKeys) -> None:
    """Instead of what was there. Raises Refused for what is no such id."""
    values = {name: getattr(keys, name) for name in NAMES}
    if not all(KEY.fullmatch(value) for value in values.values()):
        raise Refused("A role id, and a secret id, has letters, digits and dashes only. Nothing was kept.")
    private_files.replace(file, "".join(f'{name} = "{value}"\n' for name, value in values.items()).encode())
