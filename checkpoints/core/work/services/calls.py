"""A call to a third party's service with a credential that its caller never sees, and a consent there, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checkpoints.core.digest import digest
from checkpoints.core.errors import Refused
from checkpoints.core.model import Scalar


@dataclass(frozen=True)
class Call:
    """One HTTP call. `{field}` stands for a field of the credential, filled in where it is open: nowhere but there.

    `form` is sent as the body. `expects` are the status codes that mean that the credential works.
    """

    service: str
    method: str
    url: str
    headers: Mapping[str, str]
    expects: tuple[int, ...] = (200,)
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What an approval names: exactly this call, and no other, may be made with the credential."""
        return digest(
            {
                "service": self.service,
                "method": self.method,
                "url": self.url,
                "headers": dict(self.headers),
                "expects": list(self.expects),
                "form": dict(self.form),
            }
        )


@dataclass(frozen=True)
class CallAnswer:
    """What came back: the status, 0 where no answer came, and one line for people without any of the values sent.

    `retry_after` is in seconds, where the service says so; `expired` when it says that a token's time is over.
    """

    status: int
    says: str
    good: bool
    retry_after: int | None = None
    expired: bool = False


@dataclass(frozen=True)
class Consent:
    """A consent that a person gives at a service, in its words (RFC 6749): where to, as whom, and for which scopes."""

    service: str
    authorize_url: str
    token_url: str
    client_id: str
    scopes: tuple[str, ...]

    def as_parameters(self) -> dict[str, Scalar]:
        """What an approval of it names."""
        return {
            "service": self.service,
            "authorize_url": self.authorize_url,
            "token_url": self.token_url,
            "client_id": self.client_id,
            "scopes": " ".join(self.scopes),
        }

    @classmethod
    def named_by(cls, parameters: Mapping[str, Scalar]) -> "Consent":
        """Raises Refused when a subject names none."""
        given = {name: parameters.get(name) for name in ("service", "authorize_url", "token_url", "client_id")}
        scopes = str(parameters.get("scopes", "")).split()
        if not all(isinstance(value, str) and value for value in given.values()) or not scopes:
            raise Refused("It doesn't say where the consent is given, or for which scopes. Reject it.")
        return cls(**{name: str(value) for name, value in given.items()}, scopes=tuple(scopes))
