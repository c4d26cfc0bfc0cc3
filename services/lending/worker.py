"""The worker of lending."""

from services.lending.backup import CONTENTS
from services.lending.consumers import handlers
from services.lending.queries.erasures import loans_of_member
from services.lending.settings import Settings
from services.lending.steps.takeover import make_rows
from services.lending.usecases.restatement import KINDS
from shared.backup.participant import Participant
from shared.erasure.sweeps import sweeping
from shared.jobs.list_worker import ListWorker, Make
from shared.restatement import restating
from shared.restore.participant import Restorer
from shared.storage.backends import make_storage
from shared.takeover.part import Takeover
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus, relays the outbox, takes part in backups, makes lists that are long, and removes files that
    nobody refers to."""
    lists = list_worker(settings)
    return Worker(
        handlers,
        settings,
        [
            *Participant(CONTENTS, settings).timers(),
            *Restorer(CONTENTS, settings, KINDS, takeover=Takeover(make_rows, settings.company_time_zone)).timers(),
            restating("lending", KINDS),
            sweeping(loans_of_member),
            *lists.timers(),
        ],
    )


def list_worker(settings: Settings) -> ListWorker:
    """What makes the lists that are long."""
    return ListWorker(settings, make_storage(settings, "lending"), _load_lists)


def _load_lists() -> Make:
    # They are declared on the web side, which a worker is without until somebody asks for the file of a long list.
    from services.lending.api.exports import EXPORTS
    from shared.jobs.list_files import maker_of

    return maker_of("lending", EXPORTS)
