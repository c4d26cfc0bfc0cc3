"""Whose address counts: what a client says of itself never does."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.requests.clients import client_address, group_of, networks

PROXIES = networks(["10.0.0.0/8", "fd00::/8"])


def _of(peer: str, forwarded: str | None = None, trusted: bool = True) -> str:
    environ = {"REMOTE_ADDR": peer} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    return client_address(environ, PROXIES if trusted else ())


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "10.9.9.9", "10.9.9.9"),
        ("10.0.0.1", "unknown, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
    ],
)
def test_only_trusted_proxies_name_a_client(peer: str, forwarded: str | None, client: str) -> None:
    assert _of(peer, forwarded) == client


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert _of("10.0.0.1", "203.0.113.9", trusted=False) == "10.0.0.1"


@given(st.text(max_size=60))
def test_whatever_a_client_claims_the_address_of_its_connection_is_kept(claim: str) -> None:
    assert _of("203.0.113.5", claim) == "203.0.113.5"


@given(st.text(max_size=60))
def test_what_our_own_proxy_adds_ends_what_a_client_claims(claim: str) -> None:
    assert _of("10.0.0.1", f"{claim},203.0.113.9") == "203.0.113.9"


@given(st.ip_addresses(v=6).filter(lambda address: not address.is_link_local))
def test_addresses_of_one_ipv6_customer_are_counted_together(address: object) -> None:
    assert ip_address(str(address)) in networks([group_of(str(address))])[0]
    assert group_of("203.0.113.5") == "203.0.113.5"
