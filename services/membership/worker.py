"""The worker of membership."""

from services.membership.consumers import handlers
from services.membership.settings import Settings
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus and relays the outbox."""
    return Worker(handlers, settings)
