"""`release.toml`, with which a release says how it is tried out and served.

Rule: only paths within it, only what is known.
"""

import tomllib
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from checkpoints.core.errors import Refused

NAME = "release.toml"
INSIDE = r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*"

Folder = Annotated[str, StringConstraints(pattern=rf"^({INSIDE})?$", max_length=200)]
Python = Annotated[str, StringConstraints(pattern=rf"^{INSIDE}\.py$", max_length=200)]
Path = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9_./-]*$", max_length=200)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]


class Manifest(BaseModel):
    """`start` is the program that serves on descriptor LISTEN_FD, `health` what answers 200 when it is well.

    `secrets` names the services whose credentials it reads from standard input. An empty folder: it has none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    start: Python
    health: Path = "/"
    tests: Folder = ""
    secrets: tuple[Slug, ...] = ()
    migrations: Folder = ""
    imports: Folder = ""


def read(files: Mapping[str, bytes]) -> Manifest:
    """Out of a release's files. Raises Refused, which says what is wrong with it."""
    try:
        manifest = Manifest(**tomllib.loads(files[NAME].decode()))
    except KeyError as error:
        raise Refused(f"There is no {NAME} in the release. Nothing was kept: add one.") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:3])
        raise Refused(f"{NAME} makes no sense ({wrong}). Nothing was kept.") from error
    except (ValueError, TypeError) as error:
        raise Refused(f"{NAME} can't be read: {str(error)[:200]}. Nothing was kept.") from error
    if manifest.start not in files:
        raise Refused(f"{NAME} says that {manifest.start} starts it, which isn't there. Nothing was kept.")
    return manifest
