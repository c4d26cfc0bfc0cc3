"""The worker of membership."""

from functools import partial

from services.membership.backup import CONTENTS
from services.membership.consumers import handlers
from services.membership.settings import Settings
from services.membership.steps.takeover import make_rows
from services.membership.usecases.erasure import erase_again
from services.membership.usecases.restatement import KINDS
from shared.backup.participant import Participant
from shared.clock import now
from shared.db import Sessions, run_transaction
from shared.erasure.sweeps import sweeping
from shared.jobs.list_worker import ListWorker, Make
from shared.restatement import restating
from shared.restore.participant import Restorer
from shared.storage.backends import make_storage
from shared.takeover.part import Takeover
from shared.worker import Timer, Worker

ERASE_SECONDS = 60


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus, relays the outbox, takes part in backups, makes lists that are long, removes files that nobody
    refers to, and erases again who was erased before a restore."""
    lists = list_worker(settings)
    return Worker(
        handlers,
        settings,
        [
            *Participant(CONTENTS, settings).timers(),
            *Restorer(CONTENTS, settings, KINDS, takeover=Takeover(make_rows, settings.company_time_zone)).timers(),
            restating("membership", KINDS),
            Timer(ERASE_SECONDS, _erase_again),
            sweeping(),
            *lists.timers(),
        ],
    )


def _erase_again(sessions: Sessions) -> None:
    while run_transaction(sessions, "membership", partial(erase_again, at=now()))[0]:
        pass


def list_worker(settings: Settings) -> ListWorker:
    """What makes the lists that are long."""
    return ListWorker(settings, make_storage(settings, "membership"), _load_lists)


def _load_lists() -> Make:
    # They are declared on the web side, which a worker is without until somebody asks for the file of a long list.
    from services.membership.api.exports import EXPORTS
    from shared.jobs.list_files import maker_of

    return maker_of("membership", EXPORTS)
