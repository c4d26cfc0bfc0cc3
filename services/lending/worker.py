"""The worker of lending."""

from services.lending.consumers import handlers
from services.lending.settings import Settings
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus and relays the outbox."""
    return Worker(handlers, settings)
