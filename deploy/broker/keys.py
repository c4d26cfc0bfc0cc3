"""The keys with which events are signed, made from one secret that no service has."""

from deploy.database.provision import SERVICES
from shared.messaging.signatures import derive_keys

GATEWAY = "gateway"
EVERYBODY = (*SERVICES, GATEWAY)


def event_keys(master: str) -> dict[str, str]:
    """By name, what each service and the gateway are given as EVENT_KEYS."""
    return {name: derive_keys(master, name, EVERYBODY).to_text() for name in EVERYBODY}
