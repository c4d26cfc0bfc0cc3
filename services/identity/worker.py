"""The worker of identity."""

from services.identity.consumers import handlers
from services.identity.settings import Settings
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus and relays the outbox; its heartbeat tells the gateway that revocations still arrive."""
    return Worker(handlers, settings, heartbeat=True)
