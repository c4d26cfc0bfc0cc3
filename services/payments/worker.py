"""The worker of payments."""

from services.payments.consumers import handlers
from services.payments.settings import Settings
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus and relays the outbox."""
    return Worker(handlers, settings)
