"""Releases: identified by a digest over all their bytes, and kept whole under it.

Rule: whoever takes one out hashes it anew.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from checkpoints.cloud.sandbox import manifest
from checkpoints.cloud.sandbox.manifest import Manifest
from checkpoints.core.errors import NoName, Refused
from checkpoints.core.work.release import Release
from checkpoints.core.work.signs import Sign

CASE = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
DIGEST = re.compile(r"[0-9a-f]{64}")
FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){0,9}")
MOST_FILES, MOST_BYTES = 2_000, 50_000_000
LEFT_OUT = "__pycache__"
"""As whatever begins with a dot: made by tools, no part of what people wrote."""

Files = Mapping[str, bytes]
"""Name relative to the release's folder → content."""


@dataclass(frozen=True)
class Kept:
    """A release as it is kept: what it is, where it lies, and how it is served."""

    release: Release
    folder: Path
    manifest: Manifest


class Releases:
    """The releases under one folder: `<root>/<case>/<digest>/`, readable only."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, case: str, files: Files) -> Release:
        """Keep these files as a release. Raises Refused when they are none."""
        release = described(files)
        folder = self._folder(case, release.digest)
        with suppress(Refused):
            return self.take(case, release.digest).release
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = folder.with_name(f"new-{secrets.token_hex(8)}")
        for name, content in files.items():
            (beside / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(beside / name, content)
        _read_only(beside)
        _remove(folder)
        try:
            beside.rename(folder)
        except OSError:
            # Another run kept the same release at the same moment.
            _remove(beside)
            return self.take(case, release.digest).release
        return release

    def take(self, case: str, digest: str) -> Kept:
        """A kept release. Raises Refused when it is not there, or isn't what it is called."""
        folder = self._folder(case, digest)
        files = self.files(case, digest)
        return Kept(described(files), folder, manifest.read(files))

    def files(self, case: str, digest: str) -> Files:
        """All of its files, hashed. Raises Refused as `take` does."""
        folder = self._folder(case, digest)
        if folder.is_symlink() or not folder.is_dir():
            raise Refused(f"The release {digest[:12]} isn't kept. Nothing was started: build it and ask again.")
        files = dict(_found(folder, whole=True))
        if digest_of(files) != digest:
            changed = f"The release {digest[:12]} was changed since. Nothing was started: build it and ask again."
            raise Refused(changed, sign=Sign.SECURITY)
        return files

    def forget(self, case: str, but: frozenset[str] = frozenset()) -> None:
        """Remove the case's releases, but for those."""
        of_case = self._folder(case, "0" * 64).parent
        for folder in of_case.iterdir() if of_case.is_dir() else ():
            if folder.name not in but:
                _remove(folder)

    def _folder(self, case: str, digest: str) -> Path:
        if not CASE.fullmatch(case) or not DIGEST.fullmatch(digest):
            raise NoName(f"{case[:80]!r} and {digest[:80]!r} name no release. Nothing was started.")
        return self.root / case / digest


def written(sources: Path, folder: str) -> Files:
    """The files in a folder of the client's repository. Raises Refused for one that is none, or too large."""
    if not FOLDER.fullmatch(folder):
        raise NoName(f"{folder[:80]!r} is no folder of the repository. Nothing was kept.")
    place = sources
    for part in folder.split("/"):
        place /= part
        if place.is_symlink() or not place.is_dir():
            raise Refused(f"There is no folder {folder[:200]} in the repository. Nothing was kept.")
    return dict(_found(place, whole=False))


def described(files: Files) -> Release:
    """What these files are as a release. Raises Refused when they are none."""
    told = manifest.read(files)
    return Release(
        digest=digest_of(files),
        files=len(files),
        size=sum(map(len, files.values())),
        secrets=told.secrets,
        migrations=_scripts(files, told.migrations),
        imports=_scripts(files, told.imports),
    )


def digest_of(files: Files) -> str:
    """SHA-256 over every name and the SHA-256 of its content, in the order of the names."""
    parts = [[name, hashlib.sha256(files[name]).hexdigest()] for name in sorted(files)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _scripts(files: Files, folder: str) -> tuple[tuple[str, str], ...]:
    names = sorted(name for name in files if folder and name.startswith(f"{folder}/") and name.endswith(".sql"))
    return tuple((name, hashlib.sha256(files[name]).hexdigest()) for name in names if not name.endswith(".down.sql"))


def _found(folder: Path, *, whole: bool) -> Iterator[tuple[str, bytes]]:
    total = 0
    for number, path in enumerate(_paths(folder, whole=whole), start=1):
        content = _read(path, MOST_BYTES - total)
        total += len(content)
        if number > MOST_FILES:
            raise Refused(f"The release has more than {MOST_FILES:,} files. Nothing was kept.")
        yield path.relative_to(folder).as_posix(), content


def _paths(folder: Path, *, whole: bool) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if not whole and (path.name.startswith(".") or path.name == LEFT_OUT):
            continue
        if path.is_symlink() or not path.name.isprintable():
            raise Refused(f"{path.name[:80]!r} in the release is a link, or no name. Nothing was kept: replace it.")
        if path.is_dir():
            yield from _paths(path, whole=whole)
        else:
            yield path


def _read(path: Path, most: int) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Refused(f"{path.name[:80]!r} in the release is no plain file. Nothing was kept.")
            content = file.read(most + 1)
    except OSError as error:
        raise Refused(f"{path.name[:80]!r} in the release can't be read. Nothing was kept.") from error
    if len(content) > most:
        raise Refused(f"The release has more than {MOST_BYTES:,} bytes. Nothing was kept.")
    return content


def _write(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o400), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read_only(folder: Path) -> None:
    for inner in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
        inner.chmod(0o500)


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.is_dir():
        for inner in (folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())):
            inner.chmod(0o700)
        shutil.rmtree(folder)
