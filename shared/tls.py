"""TLS between the parts: whose certificates this process trusts, and the one that it serves with.

Off unless settings say otherwise: then nothing here is called. docs/tls.md is what operators read.
"""

import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any
from urllib.request import urlopen

HUNG_UP = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""How a handshake ends when the other side just goes."""

_authority = ""


def trust(authority: str) -> None:
    """From now on let this process trust, for what it calls by `https://` and `amqps://`, the authority in this file
    and no other; the system's where it is empty. To be called once, before anything connects."""
    global _authority
    _authority = authority


def authority() -> str | None:
    """The file of the authority that is trusted; None for those of the system."""
    return _authority or None


def client_context() -> ssl.SSLContext:
    """Checks that a server's certificate is of a trusted authority, holds, and is for the name that was called."""
    return ssl.create_default_context(cafile=authority())


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    """Serves with this certificate; files of PEM. Raises OSError, ssl.SSLError among it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Who calls keeps its connections, so that nobody comes back with a ticket.
    context.num_tickets = 0
    context.load_cert_chain(certificate, key)
    return context


def open_url(url: str, seconds: float) -> AbstractContextManager[Any]:
    """What `urlopen` answers, by our trust where the address is `https://`. Raises OSError."""
    context = client_context() if url.startswith("https:") else None
    answer: AbstractContextManager[Any] = urlopen(url, timeout=seconds, context=context)  # noqa: S310 - from our settings
    return answer


def serving_faults(certificate: str, key: str) -> Iterator[str]:
    """Faults of what a process is to serve with: half of it, what cannot be read, a key of another certificate."""
    if bool(certificate) != bool(key):
        missing = "TLS_KEY" if certificate else "TLS_CERTIFICATE"
        yield f"{missing} is missing: a certificate and its key go together"
    elif certificate:
        try:
            server_context(certificate, key)
        except OSError as error:
            yield f"TLS_CERTIFICATE, TLS_KEY: {certificate} and {key} cannot be served with: {_reason(error)}"


def trusting_faults(authority: str) -> Iterator[str]:
    """Faults of the authority that is to be trusted."""
    if authority:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(authority)
        except OSError as error:
            yield f"TLS_CA: {authority} holds no certificate that can be read: {_reason(error)}"


def _reason(error: OSError) -> str:
    return error.strerror or repr(error)
