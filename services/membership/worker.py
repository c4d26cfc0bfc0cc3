"""The worker of membership."""

from services.membership.backup import CONTENTS
from services.membership.consumers import handlers
from services.membership.settings import Settings
from services.membership.usecases.restatement import KINDS
from shared.backup.participant import Participant
from shared.restatement import restating
from shared.restore.participant import Restorer
from shared.worker import Worker


def make_worker(settings: Settings) -> Worker:
    """Consumes the bus, relays the outbox, takes part in backups and removes files that nobody refers to."""
    return Worker(
        handlers,
        settings,
        [
            *Participant(CONTENTS, settings).timers(),
            *Restorer(CONTENTS, settings, KINDS).timers(),
            restating("membership", KINDS),
        ],
    )
