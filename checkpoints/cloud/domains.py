"""What a name resolves to, as a DNS server says; the only home of dnspython.

Rule: no answer is never taken for "there is none".
"""

from typing import Literal, TypeAlias

import dns.exception
import dns.name
import dns.resolver

from checkpoints.core.errors import Refused, Unavailable

Sort: TypeAlias = Literal["A", "CNAME"]
SECONDS = 5.0
MOST = 8
"""Values that are read of one answer."""


def look_up(name: str, sort: Sort, server: str = "") -> tuple[str, ...]:
    """The values of a name's records, sorted, none where there are none. `server` is ADDRESS or ADDRESS:PORT.

    An empty `server` is the system's. Raises Unavailable when none answers, Refused when it can't be a name.
    """
    try:
        answer = _resolver(server).resolve(f"{name}.", sort, search=False, lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong):
        raise Refused(f"{name[:80]!r} can't be a name. Nothing was looked up.") from None
    except (dns.exception.DNSException, OSError) as wrong:
        raise Unavailable(f"No DNS server says what {name} is ({type(wrong).__name__}). Try again.") from wrong
    return tuple(sorted(value.to_text().rstrip(".") for value in answer))[:MOST]


def now(name: str, server: str = "") -> str:
    """What the name resolves to now, in words, also where nobody can say."""
    if not name:
        return "no domain is wished"
    try:
        found = look_up(name, "A", server)
    except Unavailable as wrong:
        return f"not known: {wrong}"
    return f"{name} resolves to {', '.join(found)}" if found else f"{name} does not resolve yet"


def missing(name: str, address: str, server: str = "") -> tuple[str, ...]:
    """What of the records that lead to `address` is not seen: of the name, and of its `www.`; none is all there."""
    pairs: tuple[tuple[str, Sort, str], ...] = ((name, "A", address), (f"www.{name}", "CNAME", name))
    found = ((host, sort, value, _seen(host, sort, server)) for host, sort, value in pairs)
    return tuple(f"{host} {sort} is {seen}, not {value}" for host, sort, value, seen in found if seen != value)


def _seen(name: str, sort: Sort, server: str) -> str:
    try:
        return ", ".join(look_up(name, sort, server)) or "not there"
    except Unavailable:
        return "not known"


def _resolver(server: str) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not server)
    if server:
        address, _, port = server.partition(":")
        resolver.nameservers, resolver.port = [address], int(port or 53)
    return resolver
