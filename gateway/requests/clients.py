"""The address of a client, also behind trusted proxies."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks such as 10.0.0.0/8, and addresses. Raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def client_address(environ: Mapping[str, Any], trusted: Sequence[Network]) -> str:
    """The address from which the connection was opened or, if that is a trusted proxy, the address it names.

    `X-Forwarded-For` is read from its end, where our own proxies write; the first address that is not theirs is the
    client's, and what stands before it is only what the client says of itself.
    """
    address: str = environ.get("REMOTE_ADDR", "")
    if not trusted or "HTTP_X_FORWARDED_FOR" not in environ:
        return address
    for named in reversed(environ["HTTP_X_FORWARDED_FOR"].split(",")):
        if not _is_in(address, trusted) or not _is_address(named.strip()):
            break
        address = named.strip()
    return address


def group_of(address: str) -> str:
    """What a limit counts as one: an IPv4 address, or the network of 64 bits that one IPv6 customer is given."""
    if ":" not in address or not _is_address(address):
        return address
    return str(ip_network(f"{address.partition('%')[0]}/64", strict=False))


def _is_in(address: str, trusted: Sequence[Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
