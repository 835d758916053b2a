"""Our frozen values as JSON documents and back. What can't be read is Refused with the place that is wrong.

What a run wrote is read from text, by a parser that bounds depth and digits: Python's own raises what nobody expects.
"""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from checkpoints.core.errors import Refused
from checkpoints.core.model import Request, Requirement

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
class Ended:
    """The body of a run's last submission."""

    state: str
    outcome: str


REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
REQUIREMENT: TypeAdapter[Requirement] = TypeAdapter(Requirement)
REVISED, TAKEN_BACK, ENDED = TypeAdapter(Revised), TypeAdapter(TakenBack), TypeAdapter(Ended)


def dump(adapter: TypeAdapter[T], value: T) -> str:
    """JSON text."""
    return adapter.dump_json(value).decode()


def load(adapter: TypeAdapter[T], document: object) -> T:
    """The value of JSON text, or of what was read from it. Raises Refused naming the field."""
    try:
        return adapter.validate_json(document) if isinstance(document, str) else adapter.validate_python(document)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refused(f"{place or 'the document'}: {first['msg']}") from None
