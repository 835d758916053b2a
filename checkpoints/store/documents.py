"""Our frozen values as JSON documents and back. What can't be read is Refused with the place that is wrong."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from checkpoints.core.errors import Refused
from checkpoints.core.model import Request, Requirement

T = TypeVar("T")
REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
REQUIREMENT: TypeAdapter[Requirement] = TypeAdapter(Requirement)


def dump(adapter: TypeAdapter[T], value: T) -> str:
    """JSON text."""
    return adapter.dump_json(value).decode()


def load(adapter: TypeAdapter[T], document: object) -> T:
    """The value. Raises Refused naming the field."""
    try:
        return adapter.validate_python(document, strict=False)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refused(f"{place or 'the document'}: {first['msg']}") from None
