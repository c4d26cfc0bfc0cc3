"""The worker of payments."""

from services.payments.close_day import close_day_timer
from services.payments.consumers import handlers
from services.payments.settings import Settings
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus, relays the outbox, and closes the day."""
    return Worker(handlers, settings, [close_day_timer(settings)])
