"""Our frozen values as JSON documents and back. What can't be read is Refused with the place that is wrong.

What a run wrote is read from text, by a parser that bounds depth and digits: Python's own raises what nobody expects.
"""

from dataclasses import dataclass, replace
from typing import Annotated, TypeVar, cast

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from checkpoints.core.errors import Refused
from checkpoints.core.model import Request, Subject
from checkpoints.core.view import Checkpoint

T = TypeVar("T")


@dataclass(frozen=True)
class Revised:
    """The body of a submission that revises a question."""

    revision: int
    request: Request


@dataclass(frozen=True)
class TakenBack:
    """The body of a submission that withdraws a question, or makes its approval void."""

    revision: int
    because: str


@dataclass(frozen=True)
class Started:
    """The body of a submission that starts branches of the plan."""

    branches: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """The body of a run's last submission; `course` is the case's, as the main run knew it."""

    state: str
    outcome: str
    course: int | None = None


_readers: dict[object, object] = {}
"""By what they read, made when first needed: one takes milliseconds, and a call of the shell needs two or three."""


def _reader(of: type[T] | TypeAdapter[T]) -> TypeAdapter[T]:
    if isinstance(of, TypeAdapter):
        return of
    if of not in _readers:
        _readers[of] = TypeAdapter(of)
    return cast("TypeAdapter[T]", _readers[of])


def dump(of: type[T] | TypeAdapter[T], value: T) -> str:
    """JSON text."""
    return _reader(of).dump_json(value).decode()


def load(of: type[T] | TypeAdapter[T], document: object) -> T:
    """The value of JSON text, or of what was read from it. Raises Refused naming the field."""
    reader = _reader(of)
    try:
        return reader.validate_json(document) if isinstance(document, str) else reader.validate_python(document)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refused(f"{place or 'the document'}: {first['msg']}") from None


@dataclass(frozen=True)
class Unreadable(Request):
    """Stands in for a request that a run wrote and nobody can read; `details` say why."""


def readable(document: str) -> Request:
    """The request, or what stands in for it."""
    try:
        return load(Request, document)
    except Refused as wrong:
        return Unreadable(kind="", agent="", action="(unreadable)", details=str(wrong), subject=Subject("", {}))


@dataclass(frozen=True)
class Stored(Checkpoint):
    """A checkpoint from the store: its request is read apart, so that an unreadable one spoils nothing else."""

    request: Annotated[Request, BeforeValidator(readable)]


def checkpoint_of(document: str) -> Checkpoint:
    """From a document of desk.checkpoint_read."""
    point = load(Stored, document)
    unread = isinstance(point.request, Unreadable) and not point.because
    return replace(point, because=point.request.details) if unread else point
