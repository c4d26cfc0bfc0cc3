"""The address of the client as the gateway forwards it: signed, so that a service which is called past the gateway does
not believe a bare header."""

import hmac
from typing import Protocol

ADDRESS, SIGNATURE, REQUEST_ID = "X-Forwarded-For", "X-Forwarded-Signature", "X-Request-Id"


def signature_of(address: str, request_id: str, secret: str) -> str:
    """The signature of a forwarded address; good for this one request."""
    return hmac.digest(secret.encode(), f"forwarded\n{request_id}\n{address}".encode(), "sha256").hex()


class Headers(Protocol):
    """The headers of a request, by name."""

    def get(self, key: str, default: str) -> str: ...


def forwarded_address(headers: Headers, secret: str) -> str | None:
    """The client's address that the gateway signed; None when nothing was signed by the gateway."""
    address, signature = headers.get(ADDRESS, ""), headers.get(SIGNATURE, "")
    if not address or not signature:
        return None
    expected = signature_of(address, headers.get(REQUEST_ID, ""), secret)
    return address if hmac.compare_digest(expected.encode(), signature.encode()) else None
