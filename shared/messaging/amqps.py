"""`amqps://`: the broker has a certificate that we trust, for the name by which it is called.

kombu alone compares no name, and where an address names several servers it would hold all against the first one's.
"""

import ssl
from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.pyamqp import SSLTransport

from shared import tls


class Transport(SSLTransport):
    """Checks each server that it connects to."""

    def establish_connection(self) -> Any:
        address: Any = self.client
        address.ssl = {
            "ca_certs": tls.authority(),
            "cert_reqs": ssl.CERT_REQUIRED,
            "server_hostname": address.hostname or "localhost",
        }
        return super().establish_connection()  # type: ignore[no-untyped-call]  # kombu is not typed


def check_servers() -> None:
    """Let whoever connects to an `amqps://` address by kombu do so by this transport."""
    TRANSPORT_ALIASES["amqps"] = f"{__name__}:{Transport.__name__}"
