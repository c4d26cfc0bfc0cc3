"""For whom the gateway speaks: the address of the client, signed, so that a service asked past the gateway believes
nobody's word for where they are."""

import hmac
from typing import Protocol

ADDRESS, SIGNATURE, REQUEST_ID = "X-Forwarded-For", "X-Forwarded-Signature", "X-Request-Id"


def signature_of(address: str, request_id: str, secret: str) -> str:
    """What the gateway sends along with an address; good for this one request."""
    return hmac.digest(secret.encode(), f"forwarded\n{request_id}\n{address}".encode(), "sha256").hex()


class Headers(Protocol):
    """Those of a request, by name."""

    def get(self, key: str, default: str) -> str: ...


def forwarded_address(headers: Headers, secret: str) -> str | None:
    """The address of the client by the gateway's word, None where it is not the gateway's."""
    address, signature = headers.get(ADDRESS, ""), headers.get(SIGNATURE, "")
    if not address or not signature:
        return None
    expected = signature_of(address, headers.get(REQUEST_ID, ""), secret)
    return address if hmac.compare_digest(expected.encode(), signature.encode()) else None
