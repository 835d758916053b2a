"""A case's Terraform files on disk: 0700 and 0600.

Rule: others' code writes here too, so no link is ever followed.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from checkpoints.core.errors import NoName, Refused
from checkpoints.core.model import Json

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
STATE, BACKUP = "terraform.tfstate", "terraform.tfstate.backup"
LOCK = ".terraform.lock.hcl"
VARIABLES = "terraform.tfvars.json"
KEPT = frozenset({STATE, BACKUP, LOCK})
"""What Terraform itself leaves in the stack's folder, and needs again."""
NO_TEMPLATES = frozenset({STATE, BACKUP, VARIABLES})
BUILT_IN = "terraform.io/builtin/"
MOST_FILES, MOST_BYTES = 300, 5_000_000
NOTHING = hashlib.sha256(b"").hexdigest()


class CaseFolder:
    """`<home>/cases/<case>`: the stack, the plan, and the note of which engine they are for."""

    def __init__(self, cases: Path, case: str) -> None:
        """Raises Refused for a name that is no name here."""
        self.root = cases / named(case, "case")
        self.stack = self.root / "stack"
        self.data = self.root / "data"
        self.plan = self.root / "plan.tfplan"
        self.engine = self.root / "ENGINE"

    def prepare(self, template: Path, variables: Mapping[str, Json]) -> None:
        """Make the stack anew from `template`, keep its state, drop the plan.

        Raises Refused for a template with links or too much in it, and for a folder that was tampered with.
        """
        files = dict(_files(template))
        if own := files.keys() & NO_TEMPLATES:
            raise Refused(f"The template brings {', '.join(sorted(own))}. Nothing was planned: remove it.")
        for folder in (self.root.parent, self.root, self.stack, self.data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _real(folder)
        self.plan.unlink(missing_ok=True)
        for entry in self.stack.iterdir():
            if entry.name not in KEPT:
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        (self.stack / LOCK).unlink(missing_ok=LOCK not in files) if LOCK in files else None
        for name, content in files.items():
            (self.stack / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self.stack / name, content)
        _write(self.stack / VARIABLES, json.dumps(variables, ensure_ascii=False).encode())

    def note_engine(self, engine: str) -> None:
        """Say in plain words which engine these files are for."""
        self.engine.unlink(missing_ok=True)
        _write(
            self.engine,
            f"{engine}\nThe plan and the state here are for this engine, in this version.\n".encode(),
        )

    @contextmanager
    def private_copy(self) -> Iterator[tuple[Path, str]]:
        """A copy of the plan that nobody else has, read-only, and its digest.

        Raises Refused when there is no plan.
        """
        content = read(self.plan)
        copy = self.root / f"approved-{secrets.token_hex(8)}.tfplan"
        _write(copy, content, 0o400)
        try:
            yield copy, hashlib.sha256(read(copy)).hexdigest()
        finally:
            copy.unlink(missing_ok=True)

    def lock_digest(self) -> str:
        """Of the file that pins the providers; of nothing when there is none."""
        lock = self.stack / LOCK
        return hashlib.sha256(read(lock)).hexdigest() if lock.exists() else NOTHING

    def stack_digest(self) -> str:
        """Of the template's files as they lie in the stack now."""
        return template_digest(self.stack)

    def state_is_built_in(self) -> bool:
        """Whether what the state says is there needs no other provider than Terraform's own."""
        state = self.stack / STATE
        try:
            found = json.loads(read(state)) if state.exists() else {"resources": []}
            return all(BUILT_IN in resource["provider"] for resource in found["resources"])
        except (ValueError, LookupError, TypeError):
            return False


def named(name: str, what: str) -> str:
    """The name itself. Raises Refused for one that could be a path, an option or worse."""
    if not NAME.fullmatch(name):
        raise NoName(f"{name[:80]!r} is no name of a {what}: small letters, digits, hyphens. Nothing was started.")
    return name


def template_digest(template: Path) -> str:
    """SHA-256 over the names and contents of a template's files; the lock has a digest of its own.

    Raises Refused as `prepare` does.
    """
    files = _files(template, without=KEPT | NO_TEMPLATES)
    parts = {name: hashlib.sha256(content).hexdigest() for name, content in files}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def read(path: Path, most: int = 50_000_000) -> bytes:
    """The content of a plain file.

    Raises Refused when it is a link, something else, too long, or not there.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Refused(f"{path.name} is no plain file. Nothing was started: plan again.")
            content = file.read(most + 1)
    except OSError as error:
        raise Refused(f"{path.name} is not there, or is a link. Nothing was started: plan again.") from error
    if len(content) > most:
        raise Refused(f"{path.name} has more than {most:,} bytes. Nothing was started.")
    return content


def _write(path: Path, content: bytes, mode: int = 0o600) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        file.write(content)


def _real(folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir():
        raise Refused(f"{folder.name} in the case's folder is a link. Nothing was started: look who put it there.")


def _files(template: Path, without: frozenset[str] = frozenset()) -> Iterator[tuple[str, bytes]]:
    """Relative names and contents, sorted. Terraform's own leavings are no part of a template."""
    if template.is_symlink() or not template.is_dir():
        raise Refused(f"There is no template {template.name}. Nothing was planned.")
    total = 0
    for number, path in enumerate(sorted(template.rglob("*"))):
        name = path.relative_to(template).as_posix()
        if path.is_symlink():
            raise Refused(f"{name} in the template is a link. Nothing was planned: put the file itself there.")
        if path.is_dir() or name in without or ".terraform" in path.parts:
            continue
        content = read(path, MOST_BYTES)
        total += len(content)
        if total > MOST_BYTES or number > MOST_FILES:
            raise Refused(
                f"The template has more than {MOST_FILES} files or {MOST_BYTES:,} bytes. Nothing was planned."
            )
        yield name, content
