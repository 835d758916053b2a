"""How a secret gets to where it lies, and from there to whoever may use it, as values.

Rule: none of them holds a secret; a token that opens something is shown in no repr.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from uuid import UUID

from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Json
from checkpoints.core.work.services.assumed import is_role

MOST_ADDRESSES = 20
LONGEST_MINUTES = 60 * 24 * 366
MOST_USES = 10_000
HAS_ENDED = (
    "This opens nothing any more: its credential has ended, or was narrowed since it was handed over. Nothing was "
    "opened. Open it anew, where it lives."
)
LEASED = ("username", "password")
"""What a lease brings, which nobody types then."""


@dataclass(frozen=True)
class Restrictions:
    """From where (networks; none: anywhere), for how many minutes and how often; None: without a limit of its own."""

    cidrs: tuple[str, ...] = ()
    minutes: int | None = None
    uses: int | None = None

    def __post_init__(self) -> None:
        """Raises Refused for what is no network, or out of bounds."""
        if len(self.cidrs) > MOST_ADDRESSES:
            raise Refused(f"Over {MOST_ADDRESSES} networks. Nothing was changed.")
        object.__setattr__(self, "cidrs", tuple(_network(text) for text in self.cidrs))
        for named, value, most in (("minutes", self.minutes, LONGEST_MINUTES), ("uses", self.uses, MOST_USES)):
            if value is not None and not 1 <= value <= most:
                raise Refused(f"{named}: {value} won't do. Right would be 1 to {most}. Nothing was changed.")

    def narrowed(self, by: "Restrictions") -> "Restrictions":
        """Both together. Raises Refused where `by` would allow more than this does."""
        for cidr in by.cidrs if self.cidrs else ():
            if not any(_within(cidr, outer) for outer in self.cidrs):
                raise Refused(f"{cidr} is outside of {', '.join(self.cidrs)}, which is what was asked for: narrow it.")
        for named, asked, given in (("minutes", self.minutes, by.minutes), ("uses", self.uses, by.uses)):
            if asked is not None and given is not None and given > asked:
                raise Refused(f"{given} {named} are more than the {asked} that were asked for. Nothing was changed.")
        return replace(
            self, cidrs=by.cidrs or self.cidrs, minutes=by.minutes or self.minutes, uses=by.uses or self.uses
        )

    @classmethod
    def kept(cls, document: Mapping[str, Json]) -> "Restrictions":
        """As a row, or an approval, holds them: {cidrs, minutes, uses}; what isn't there restricts nothing."""
        cidrs, minutes, uses = (document.get(name) for name in ("cidrs", "minutes", "uses"))
        return cls(
            tuple(map(str, cidrs)) if isinstance(cidrs, list) else (),
            minutes if isinstance(minutes, int) else None,
            uses if isinstance(uses, int) else None,
        )

    @property
    def document(self) -> dict[str, Json]:
        """The same, to be kept."""
        return {"cidrs": list(self.cidrs), "minutes": self.minutes, "uses": self.uses}

    @property
    def words(self) -> str:
        """For people: one line."""
        where = f"from {', '.join(self.cidrs)}" if self.cidrs else "from anywhere"
        long = f"for {self.minutes} minutes" if self.minutes else "for as long as it is approved"
        often = "" if self.uses is None else f", {self.uses} times at most" if self.uses > 1 else ", once"
        return f"{where}, {long}{often}"


UNRESTRICTED = Restrictions()


def is_lease(path: str) -> bool:
    """Whether it leads to a vault's engine that makes a login anew at each reading: database/creds/readonly."""
    return path.split("/")[1:][-2:-1] == ["creds"] and not is_role(path)


def read_at(mount: str, path: str) -> str:
    """Where the vault has it: a lease where its engine makes it, all else in the KV engine."""
    return path if is_lease(path) else f"{mount}/data/{path}"


@dataclass(frozen=True)
class Door:
    """Where a person's side writes one path itself, once, within minutes: a POST of `{"data": {field: value, …},
    "options": {"cas": 0}}` to `address` with the token as X-Vault-Token. `ca`: who signed its certificate, where that
    isn't one whom every system knows."""

    address: str
    token: str = field(repr=False)
    ca: Path | None = None


@dataclass(frozen=True)
class Grant:
    """What a credential's user may open: this path, held to these restrictions. `id` is the credential's own."""

    id: UUID
    path: str
    restrictions: Restrictions = UNRESTRICTED


@dataclass(frozen=True)
class Handed:
    """What passes our way to a user: good for one opening, within a minute. `made_at` is where and when (PATH@TIME) the
    vault must say that the token was made; `role` is what it logs in as. The last two are empty where the vault is no
    server. Where `made_at` is at `sys/wrapping/wrap` there is no role: what is wrapped are the values themselves, which
    lie nowhere else."""

    path: str
    token: str = field(repr=False)
    made_at: str = ""
    role: str = ""


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        raise Refused(f"“{clean(text)}” is no network. Right would be 10.0.0.0/8. Nothing was changed.") from None


def _within(inner: str, outer: str) -> bool:
    one, other = ip_network(inner), ip_network(outer)
    return (
        one.version == other.version
        and int(other.network_address) <= int(one.network_address)
        and int(one.broadcast_address) <= int(other.broadcast_address)
    )
