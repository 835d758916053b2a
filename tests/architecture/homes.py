"""Rules of place: each SDK has one home, some things are done in one place only, some never."""

import ast
import sys
from collections.abc import Iterator

from tests.architecture.tree import File, Tree

SDK_HOMES = {
    "prefect": ("flows",),
    "anthropic": ("agents.claude",),
    "hvac": ("checkpoints.credentials.vault",),
    "requests": ("checkpoints.credentials.vault",),
    "python_terraform": ("checkpoints.terraform.runner",),
    "boto3": ("checkpoints.cloud.aws",),
    "botocore": ("checkpoints.cloud.aws",),
    "opentelemetry": ("checkpoints.seeing.exporting",),
    "prometheus_client": ("to_tools.page.from_outside.exposition",),
    "workalendar": ("checkpoints.calendars",),
    "dns": ("checkpoints.cloud.domains",),
    "smtplib": ("checkpoints.channels.smtp",),
    "slack_bolt": ("to_tools.slack_listener",),
    "slack_sdk": ("checkpoints.channels.slack",),
    "fastapi": ("to_tools.page", "to_tools.agent_api"),
}

# What a package may import besides the standard library.
MAY_IMPORT = {
    "checkpoints.core": ("checkpoints.core",),
    "agents": ("agents", "checkpoints.core", "anthropic", "pydantic"),
    # What agents from outside install: nothing of the desk's.
    "countersign": ("countersign", "httpx"),
}

FORBIDDEN = ("unittest.mock", "mock", "pytest_mock")


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def sdks_have_one_home(tree: Tree) -> Iterator[str]:
    for file in product(tree):
        for found in file.imports():
            homes = SDK_HOMES.get(found.module.split(".")[0])
            if homes and not within(file.module, homes):
                yield f"{file}:{found.line} imports {found.module}, whose home is {' or '.join(homes)}"


def agents_and_core_import_little(tree: Tree) -> Iterator[str]:
    for file in product(tree):
        for package, allowed in MAY_IMPORT.items():
            if not within(file.module, (package,)):
                continue
            for found in file.imports():
                standard = found.module.split(".")[0] in sys.stdlib_module_names
                if not standard and not all(within(name, allowed) for name in imported_modules(found.targets)):
                    yield f"{file}:{found.line} imports {found.module}, which {package} may not"


def imported_modules(targets: tuple[str, ...]) -> tuple[str, ...]:
    """`from checkpoints import store` loads checkpoints.store, so the names are judged."""
    return targets[1:] or targets


def nothing_is_mocked(tree: Tree) -> Iterator[str]:
    for file in tree.python:
        for found in file.imports():
            if any(within(target, FORBIDDEN) for target in found.targets):
                yield f"{file}:{found.line} imports {found.module}; write a fake that behaves"


def people_are_made_by_identity(tree: Tree) -> Iterator[str]:
    for file in product(tree):
        if file.module == "to_tools.identity":
            continue
        for call in file.nodes(ast.Call):
            if called(call) == "Person":
                yield f"{file}:{call.lineno} makes a Person; only to_tools.identity verifies one"
        for node in file.nodes(ast.ImportFrom):
            if any(alias.name == "Person" and alias.asname for alias in node.names):
                yield f"{file}:{node.lineno} imports Person under another name"


def actions_never_commit(tree: Tree) -> Iterator[str]:
    for file in product(tree):
        if within(file.module, ("checkpoints.actions",)):
            for call in file.nodes(ast.Call):
                if called(call) == "commit":
                    yield f"{file}:{call.lineno} commits; the entry point owns the transaction"


def tests_never_just_sleep(tree: Tree) -> Iterator[str]:
    for file in tree.python:
        # A flow that tests run may dawdle on purpose; a test may not.
        if not file.is_test or not file.path.name.startswith(("test_", "conftest")):
            continue
        polling = {id(call) for loop in loops(file) for call in ast.walk(loop)}
        for call in file.nodes(ast.Call):
            if called(call) == "sleep" and id(call) not in polling:
                yield f"{file}:{call.lineno} sleeps for a fixed time; poll with a deadline"


def skips_say_why(tree: Tree) -> Iterator[str]:
    for file in tree.python:
        for call in file.nodes(ast.Call):
            if called(call) in {"skip", "skipif", "xfail"} and file.is_test:
                why = [word.value for word in call.keywords if word.arg == "reason"]
                why += call.args if called(call) == "skip" else []
                if not why:
                    yield f"{file}:{call.lineno} skips without a reason"
        for node in file.nodes(ast.Attribute) if file.is_test else ():
            if node.attr in {"skip", "xfail"} and not is_called(file, node):
                yield f"{file}:{node.lineno} skips without a reason"


def product(tree: Tree) -> Iterator[File]:
    return (file for file in tree.python if not file.is_test)


def called(call: ast.Call) -> str:
    """The last name of what is called: `commit` for `session.commit()`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def is_called(file: File, attribute: ast.Attribute) -> bool:
    return any(call.func is attribute for call in file.nodes(ast.Call))


def loops(file: File) -> Iterator[ast.AST]:
    yield from file.nodes(ast.While)
    yield from file.nodes(ast.For)


RULES = (
    sdks_have_one_home,
    agents_and_core_import_little,
    nothing_is_mocked,
    people_are_made_by_identity,
    actions_never_commit,
    tests_never_just_sleep,
    skips_say_why,
)
