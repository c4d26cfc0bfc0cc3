"""The worker of payments."""

from prometheus_client import Gauge

from services.payments.backup import CONTENTS
from services.payments.commands.close_day import close_day_timer
from services.payments.consumers import handlers
from services.payments.queries.erasures import loans_of_member
from services.payments.settings import Settings
from services.payments.steps.takeover import make_rows
from services.payments.usecases.restatement import KINDS
from shared.backup.participant import Participant
from shared.erasure.sweeps import sweeping
from shared.fields import Day
from shared.jobs.list_worker import ListWorker, Make
from shared.readings import Reading
from shared.restatement import restating
from shared.restore.participant import Restorer
from shared.storage.backends import make_storage
from shared.takeover.part import Takeover
from shared.worker import Worker

CLOSED = Reading(
    Gauge("mp_business_date_closed_timestamp_seconds", "The last business date that was closed, at 0:00 UTC."),
    "SELECT extract(epoch FROM max(day)::timestamp) FROM closed_days WHERE closed_at IS NOT NULL",
)


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus, relays the outbox, closes the day, takes part in backups and makes lists that are long; days
    are those of the institution's time zone."""
    Day.zone = settings.company_time_zone
    lists = list_worker(settings)
    timers = [
        close_day_timer(settings),
        *Participant(CONTENTS, settings).timers(),
        *Restorer(CONTENTS, settings, KINDS, takeover=Takeover(make_rows, settings.company_time_zone)).timers(),
        restating("payments", KINDS),
        sweeping(loans_of_member),
        *lists.timers(),
    ]
    return Worker(handlers, settings, timers, readings=[CLOSED])


def list_worker(settings: Settings) -> ListWorker:
    """What makes the lists that are long."""
    return ListWorker(settings, make_storage(settings, "payments"), _load_lists)


def _load_lists() -> Make:
    # They are declared on the web side, which a worker is without until somebody asks for the file of a long list.
    from services.payments.api.exports import EXPORTS
    from shared.jobs.list_files import maker_of

    return maker_of("payments", EXPORTS)
