"""Where a press comes from: IP addresses and networks as text. Rule: what can't be read lies in no network."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from checkpoints.core.errors import Refused


def lies_in(address: str, networks: Iterable[str]) -> bool:
    """True when the address is one of these networks'. An IPv4 address that IPv6 carries is that IPv4 address."""
    found = _plain(address)
    known = [network for text in networks if (network := _network(text)) is not None]
    return found is not None and any(found in network for network in known)


def check_network(text: str) -> str:
    """The network as it is written, `10.0.0.0/8` or `2001:db8::/32`; a single address is one of its own.

    Raises Refused.
    """
    try:
        network = ip_network(text.strip())
    except ValueError:
        raise Refused(
            f"“{text.strip()[:60]}” is no network. Right would be 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32. "
            "Nothing was changed."
        ) from None
    if network.prefixlen == 0:
        raise Refused(f"{network} is everywhere: that limits nothing. Nothing was changed.")
    return str(network)


def read_address(text: str) -> str:
    """The address as it is written; empty for what is none."""
    found = _plain(text)
    return "" if found is None else str(found)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


def _plain(text: str) -> IPv4Address | IPv6Address | None:
    try:
        # A zone names an interface of this machine, and no network.
        found = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
