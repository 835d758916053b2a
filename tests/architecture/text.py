"""Rules of text: what no committed file may say."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.tree import Tree

# Each pattern is written so that it doesn't match itself: the rules read this file too.
MACHINE_PATH = re.compile(r"(?<![\w.$}~*-])/(?:work|root|home|Users)/[\w.]")
PACKAGE_HOST = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|index[-_]url\s*=\s*\S")
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b")
HOW_IT_IS_MADE = re.compile(
    r"\b(?:this|the|next|last|first|previous) issu[e]\b|\bissu[e] #?\d|\bseed[s]/\d|/share[d]/", re.IGNORECASE
)
LOCK_ADDRESS = re.compile(r"://|^\s*(?:-i|-f|--index|--extra-index|--find-links)\b", re.MULTILINE)
LOCKS_WITH_ADDRESSES = {
    "uv.lock",
    "pylock.toml",
    "poetry.lock",
    "Pipfile.lock",
    "package-lock.json",
    "yarn.lock",
}
LISTED = re.compile(r"^- \[[x ]\] ([A-H]\d+\.\d+) ", re.MULTILINE)


def no_machine_is_named(tree: Tree) -> Iterator[str]:
    yield from found(tree, MACHINE_PATH, "a path of one machine")


def no_package_host_is_named(tree: Tree) -> Iterator[str]:
    yield from found(tree, PACKAGE_HOST, "a package host")


def nothing_is_left_unfinished(tree: Tree) -> Iterator[str]:
    yield from found(tree, UNFINISHED, "unfinished work; finish it or open it where work is planned")


def nothing_tells_how_it_is_made(tree: Tree) -> Iterator[str]:
    yield from found(tree, HOW_IT_IS_MADE, "how the project is being made; say what it is")


def locks_hold_no_address(tree: Tree) -> Iterator[str]:
    for name in sorted(LOCKS_WITH_ADDRESSES):
        if (tree.root / name).exists():
            yield f"{name} records download addresses; the lock is requirements/*.txt"
    for file in tree.files:
        if file.path.parts[0] == "requirements" and (match := LOCK_ADDRESS.search(file.text)):
            yield f"{file}: {match.group().strip()!r} is an address in a lock"


def promises_are_listed_first(tree: Tree) -> Iterator[str]:
    listed = set(LISTED.findall((tree.root / "runbooks/promises.md").read_text(encoding="utf-8")))
    for file in tree.python:
        for call in file.nodes(ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "promise":
                numbers = {str(arg.value) for arg in call.args if isinstance(arg, ast.Constant)}
                for number in sorted(numbers - listed):
                    yield f"{file}:{call.lineno} {number} isn't in runbooks/promises.md; list it first"


def found(tree: Tree, pattern: re.Pattern[str], what: str) -> Iterator[str]:
    for file in tree.files:
        for number, line in enumerate(file.text.splitlines(), start=1):
            if match := pattern.search(line):
                yield f"{file}:{number} {match.group()!r} is {what}"


RULES = (
    no_machine_is_named,
    no_package_host_is_named,
    nothing_is_left_unfinished,
    nothing_tells_how_it_is_made,
    locks_hold_no_address,
    promises_are_listed_first,
)
