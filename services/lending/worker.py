"""The worker of lending."""

from services.lending.consumers import handlers
from services.lending.settings import Settings
from shared.storage.backends import make_storage
from shared.storage.unclaimed import sweeping
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus, relays the outbox and removes files that nobody refers to."""
    return Worker(handlers, settings, [sweeping(make_storage(settings, "lending"))])
