"""Rules of shape: how long, how many, called what, introduced how."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.tree import Tree

CODE = {".py", ".sh", ".html", ".sql", ".tf", ".js", ".css"}
FILE_LINES = 300
FUNCTION_LINES = 40
FOLDER_THINGS = 14
DOCSTRING_LINES = 3
# A catalogue of one page each is long because the catalogue is; nobody reads it as a whole.
CATALOGUES = {"runbooks/kinds", "runbooks/decisions"}
VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "base",
    "manager",
    "handler",
    "processor",
    "service",
    "impl",
}


def files_are_read_whole(tree: Tree) -> Iterator[str]:
    for file in tree.files:
        # Minified files of others' are kept as they came.
        ours = file.path.suffix in CODE and ".min." not in file.path.name
        if ours and (lines := file.text.count("\n")) > FILE_LINES:
            yield f"{file} has {lines} lines; split it by subject at {FILE_LINES}"


def functions_fit_a_screen(tree: Tree) -> Iterator[str]:
    for file in tree.python:
        functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = [*file.nodes(ast.FunctionDef)]
        functions += file.nodes(ast.AsyncFunctionDef)
        for function in functions:
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{file}:{function.lineno} {function.name} has {lines} lines; at most {FUNCTION_LINES}"


def folders_hold_about_ten_things(tree: Tree) -> Iterator[str]:
    for folder, names in tree.folders.items():
        things = {name for name in names if name != "__init__.py" and not name.startswith(".")}
        if len(things) > FOLDER_THINGS and str(folder) not in CATALOGUES:
            yield f"{folder} holds {len(things)} things; make subfolders by subject"


def names_say_something(tree: Tree) -> Iterator[str]:
    for file in tree.files:
        # A stub has the names of the library that it stands for.
        if file.path.parts[0] == "stubs":
            continue
        if vague := VAGUE & {word for part in file.path.parts for word in words(part)}:
            yield f"{file}: {', '.join(sorted(vague))} says nothing; name the subject"
    for file in tree.python:
        for definition in file.nodes(ast.ClassDef):
            if vague := VAGUE & set(words(definition.name)):
                yield f"{file}:{definition.lineno} {definition.name}: {', '.join(sorted(vague))} says nothing"


def words(name: str) -> list[str]:
    """The words of a path's part or a class's name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def files_introduce_themselves(tree: Tree) -> Iterator[str]:
    for file in tree.python:
        if file.path.name == "__init__.py" and not file.text.strip():
            continue
        introduction = ast.get_docstring(file.syntax)
        if not introduction:
            yield f"{file} doesn't say at its top what lives there"
        elif sum(bool(line.strip()) for line in introduction.splitlines()) > DOCSTRING_LINES:
            yield f"{file} needs more than {DOCSTRING_LINES} lines to say what lives there"


def no_error_is_swallowed(tree: Tree) -> Iterator[str]:
    for file in tree.python:
        for caught in file.nodes(ast.ExceptHandler):
            if all(isinstance(step, ast.Pass) or is_ellipsis(step) for step in caught.body):
                yield f"{file}:{caught.lineno} swallows an error; say it, or name it in contextlib.suppress"


def is_ellipsis(step: ast.stmt) -> bool:
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant) and step.value.value is ...


RULES = (
    files_are_read_whole,
    functions_fit_a_screen,
    folders_hold_about_ten_things,
    names_say_something,
    files_introduce_themselves,
    no_error_is_swallowed,
)
