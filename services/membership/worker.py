"""The worker of membership."""

from services.membership.consumers import handlers
from services.membership.settings import Settings
from shared.storage.backends import make_storage
from shared.storage.unclaimed import sweeping
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus, relays the outbox and removes files that nobody refers to."""
    return Worker(handlers, settings, [sweeping(make_storage(settings, "membership"))])
