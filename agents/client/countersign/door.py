"""A person's side writes to the vault itself: looked at first, then one request, straight there.

Rule: no message repeats a value or the token, and nothing of the environment (proxies, .netrc) is asked.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import httpx

from countersign.errors import Refused, Unavailable
from countersign.speaking import Json, trusted

SECONDS = 20.0


@dataclass(frozen=True)
class Looks:
    """One secret field, and what fits it: characters at most, several lines or one; `members`: a JSON object with all
    of these."""

    name: str
    longest: int
    lines: bool
    pattern: str
    says: str
    members: tuple[str, ...]

    @classmethod
    def of(cls, told: Mapping[str, Json]) -> "Looks":
        members = told.get("members")
        named = tuple(map(str, members)) if isinstance(members, list) else ()
        pattern, says = str(told.get("pattern") or ""), str(told.get("says") or "")
        return cls(str(told["name"]), int(str(told["longest"])), bool(told["lines"]), pattern, says, named)

    def check(self, value: str, sure: bool) -> None:
        """As the desk would, which doesn't get it. Raises Refused."""
        bare = value.removesuffix("\n") if self.lines else value
        if not bare or bare != bare.strip() or len(value) > self.longest:
            raise Refused(f"{self.name}: it is empty, too long, or has white space at its ends. Nothing was given.")
        if not all(" " <= sign <= "~" or (self.lines and sign in "\n\t") for sign in value):
            raise Refused(f"{self.name}: a secret has only the letters, digits and signs of ASCII. Nothing was given.")
        fits = not self.pattern or re.fullmatch(self.pattern, value) is not None
        if not sure and not (fits and self._has_members(value)):
            raise Refused(f"{self.name}: it should be {self.says}. Nothing was given. If it is right: sure=True")

    def _has_members(self, value: str) -> bool:
        try:
            read = json.loads(value) if self.members else {}
        except ValueError:
            return False
        return isinstance(read, dict) and all(isinstance(read.get(name), str) and read[name] for name in self.members)


@dataclass(frozen=True)
class Door:
    """Where one path may be written, once, within minutes; `ca`: who signed its certificate, as PEM."""

    lies_at: str
    address: str
    revision: int
    fields: tuple[Looks, ...]
    ca: str = field(repr=False, default="")
    token: str = field(repr=False, default="")

    @classmethod
    def of(cls, told: Mapping[str, Json]) -> "Door":
        """As the desk says it."""
        fields = cast("list[dict[str, Json]]", told["fields"])
        lies_at, address, ca, token = (str(told[name]) for name in ("lies_at", "address", "ca", "token"))
        return cls(lies_at, address, int(str(told["revision"])), tuple(map(Looks.of, fields)), ca, token)

    def secrets(self, given: str | Mapping[str, str], sure: bool) -> dict[str, str]:
        """What goes through it: of all fields those that are secret. Raises Refused."""
        names = [each.name for each in self.fields]
        if isinstance(given, str) and len(names) != 1:
            raise Refused(f"It asks for {', '.join(names)}: name each. Nothing was given.")
        values = {names[0]: given} if isinstance(given, str) else given
        for each in self.fields:
            each.check(values.get(each.name, ""), sure)
        return {name: values[name] for name in names}


async def write(door: Door, values: Mapping[str, str]) -> None:
    """Raises Unavailable, Refused: nothing was given; what may lie there is forgotten within minutes."""
    trust = trusted(door.address, door.ca)
    try:
        async with httpx.AsyncClient(timeout=SECONDS, verify=trust, trust_env=False) as vault:
            answer = await vault.post(
                door.address,
                headers={"x-vault-token": door.token},
                json={"data": dict(values), "options": {"cas": 0}},
            )
    except httpx.TransportError as lost:
        where = httpx.URL(door.address)
        raise Unavailable(
            f"The vault at {where.scheme}://{where.netloc.decode()} can't be reached from here "
            f"({type(lost).__name__}). Nothing was given. Through the desk's memory instead: through_desk=True"
        ) from None
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Unavailable(f"The vault says {answer.status_code}: it is sealed, or in trouble. Nothing was given.")
    if not answer.is_success:
        raise Refused("The vault did not take it. Nothing was given.", answer.status_code)
