"""Which hosts we may speak to because somebody typed their name: none inside our own network.

An admin names the mail server, and whoever has become one must not reach with it what only we can reach.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from shared.errors import RuleViolated

Address = IPv4Address | IPv6Address

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# At least two labels, the last with a letter but no hexadecimal number: no spelling of an address (127.1, 0x7f.1)
# passes for a name, nor does the short name of a neighbour.
_NAME = re.compile(rf"(?=.{{1,253}}\Z)({_LABEL}\.)+(?!0x[0-9a-f]*\Z)(?=[a-z0-9-]*[a-z]){_LABEL}")
_INTERNAL_NAME = re.compile(r"(.*\.)?(localhost|local|internal|intranet|lan|home\.arpa)")
# IPv6 that carries an IPv4 address in its last 32 bits for a translator.
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("::/96"))


class InternalHost(RuleViolated):
    """The host is inside our own network, or no host at all."""


def check_host(host: str, allowed: Iterable[str]) -> None:
    """Accept the name or address of a host outside, or one that is allowed by the configuration.

    What the name stands for is checked when it is used, because that can change. Raises InternalHost.
    """
    if is_allowed_name(host, allowed):
        return
    address = _literal(host)
    if address is not None:
        check_address(address, allowed)
    elif not _NAME.fullmatch(host) or _INTERNAL_NAME.fullmatch(host):
        raise InternalHost("This mail server is not allowed.", field="smtpHost")


def check_address(address: Address, allowed: Iterable[str]) -> None:
    """Accept an address of the public internet, or one that is allowed. Raises InternalHost."""
    if _is_public(address) or any(address in network for network in _networks(allowed)):
        return
    raise InternalHost("This mail server is not allowed: it is inside our own network.", field="smtpHost")


def is_allowed_name(host: str, allowed: Iterable[str]) -> bool:
    """Whether the configuration names this very host."""
    return host in {name.lower() for name in allowed}


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _networks(allowed: Iterable[str]) -> list[IPv4Network | IPv6Network]:
    """Those of the allowed that are addresses or networks; the others are names."""
    networks = []
    for text in allowed:
        with suppress(ValueError):
            networks.append(ip_network(text, strict=False))
    return networks


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in network for network in _TRANSLATED):
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast
