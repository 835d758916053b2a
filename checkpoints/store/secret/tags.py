"""A signed head as a tag of a git repository: made once, never moved.

Rule: git alone runs, with settings of ours; no hook, signature program or filter of the repository's does.
"""

import os
import subprocess
from pathlib import Path

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.fields import clean

PATIENCE = 30.0
"""Seconds for each thing that git is asked."""
ONLY_OURS = ("core.hooksPath=/dev/null", "tag.gpgSign=false", "core.fsmonitor=false", "core.pager=cat")
US = {"GIT_COMMITTER_NAME": "Countersign", "GIT_COMMITTER_EMAIL": "countersign@localhost"}


def tag(repository: Path, name: str, says: str, content: bytes) -> bool:
    """True when the tag was made now, False when the very same stood there before. `content` is the blob it names.

    Raises Refused when it stands there with another content, or that is no repository; Unavailable without git.
    """
    blob = _git(repository, "hash-object", "-w", "--stdin", given=content)
    if stands := named_by(repository, name):
        if stands != blob:
            raise Refused(f"{repository} has a tag {name} that says something else. It was left as it is.")
        return False
    _git(repository, "tag", "--annotate", "--message", says, name, blob)
    return True


def named_by(repository: Path, name: str) -> str:
    """The object that the tag names; empty when there is no such tag."""
    found = _git(repository, "for-each-ref", "--format=%(*objectname)", f"refs/tags/{name}")
    return found.strip()


def _git(repository: Path, *words: str, given: bytes = b"") -> str:
    ours = [part for setting in ONLY_OURS for part in ("-c", setting)]
    # Nothing of a person's own settings, and of the environment only where git is.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"} | US
    command = ["git", "-C", str(repository), *ours, *words]
    try:
        done = subprocess.run(command, input=given, capture_output=True, env=environment, timeout=PATIENCE, check=False)
    except FileNotFoundError:
        raise Unavailable("There is no git on this machine. No tag was made.") from None
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise Unavailable(f"git does not answer ({type(wrong).__name__}). No tag was made; try again.") from None
    if done.returncode:
        said = clean(" ".join(done.stderr.decode("utf-8", "replace").split()), 200)
        raise Refused(f"git did not take it in {repository}: {said}. No tag was made.")
    return done.stdout.decode().strip()
