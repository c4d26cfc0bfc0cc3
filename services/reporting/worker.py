"""The worker of reporting."""

from services.reporting.consumers import handlers
from services.reporting.settings import Settings
from shared.fields import Day
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus; months are those of the institution's time zone."""
    Day.zone = settings.company_time_zone
    return Worker(handlers, settings)
