"""A call to a third party's service with a credential that its caller never sees, as values."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceCall:
    """One HTTP call. In `headers` and `url`, `{field}` stands for a field of the credential, filled in where it is open.

    `expects` are the status codes that mean that the credential works.
    """

    service: str
    method: str
    url: str
    headers: Mapping[str, str]
    expects: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class ServiceAnswer:
    """What came back: the status, 0 where no answer came, and one line for people without any of the values sent.

    `retry_after` is in seconds, where the service says so.
    """

    status: int
    says: str
    good: bool
    retry_after: int | None = None
