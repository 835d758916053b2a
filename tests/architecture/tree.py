"""The tree as the rules see it: its own files, their text, and for Python their syntax, each read once."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

CODE = {".py", ".pyi", ".sh", ".sql", ".mako", ".tf", ".html", ".css", ".js"}
TEXT = CODE | {".toml", ".ini", ".cfg", ".txt", ".md", ".json", ".yml", ".yaml"}
OURS_THOUGH_HIDDEN = {".ci", ".github", ".importlinter", ".gitignore", ".pre-commit-config.yaml"}
NOT_OURS = {"__pycache__", "node_modules", "build", "dist"}

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Import:
    """One import, with the names that it takes when it is a `from … import`."""

    module: str
    names: tuple[str, ...]
    line: int

    @property
    def targets(self) -> tuple[str, ...]:
        """Every dotted name that this import may load."""
        return (self.module, *(f"{self.module}.{name}" for name in self.names))


@dataclass(frozen=True)
class File:
    root: Path
    path: PurePosixPath

    def __str__(self) -> str:
        return str(self.path)

    @cached_property
    def text(self) -> str:
        return (self.root / self.path).read_text(encoding="utf-8")

    @cached_property
    def syntax(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @property
    def is_python(self) -> bool:
        return self.path.suffix == ".py"

    @property
    def is_test(self) -> bool:
        return self.path.parts[0] == "tests"

    @property
    def module(self) -> str:
        parts = self.path.with_suffix("").parts
        parts = parts[1:] if parts[0] == "to-tools" else parts
        parts = parts[2:] if parts[:2] == ("agents", "client") else parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def everything(self) -> tuple[ast.AST, ...]:
        """Every node of its syntax."""
        return tuple(ast.walk(self.syntax))

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        return (node for node in self.everything if isinstance(node, kind))

    def imports(self) -> Iterator[Import]:
        """Also those inside functions. Relative ones are made absolute."""
        for node in self.everything:
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, (), node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                names = tuple(alias.name for alias in node.names)
                yield Import(self._absolute(node), names, node.lineno)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.module.split(".") if self.path.stem == "__init__" else self.module.split(".")[:-1]
        kept = package[: len(package) - node.level + 1]
        return ".".join([*kept, *([node.module] if node.module else [])])


@dataclass(frozen=True)
class Tree:
    root: Path

    @cached_property
    def files(self) -> tuple[File, ...]:
        return tuple(File(self.root, path) for path in self._walk(PurePosixPath()) if is_text(path))

    @property
    def python(self) -> Iterator[File]:
        return (file for file in self.files if file.is_python)

    @property
    def folders(self) -> dict[PurePosixPath, set[str]]:
        """Each folder of ours with the names of what lies in it."""
        contents: dict[PurePosixPath, set[str]] = {}
        for file in self.files:
            for inner in (file.path, *file.path.parents):
                if inner != PurePosixPath():
                    contents.setdefault(inner.parent, set()).add(inner.name)
        return contents

    def _walk(self, folder: PurePosixPath) -> Iterator[PurePosixPath]:
        for entry in sorted((self.root / folder).iterdir()):
            if entry.is_symlink() or not is_ours(entry.name):
                continue
            path = folder / entry.name
            if entry.is_dir():
                yield from self._walk(path)
            else:
                yield path


def is_ours(name: str) -> bool:
    return name in OURS_THOUGH_HIDDEN or not (name.startswith(".") or name in NOT_OURS or name.endswith(".egg-info"))


def is_text(path: PurePosixPath) -> bool:
    return path.suffix in TEXT or path.name in {"Makefile", "Dockerfile", "run", *OURS_THOUGH_HIDDEN}


Rule = Callable[[Tree], Iterator[str]]
"""Reads a tree and yields one line for each place where it is broken."""
