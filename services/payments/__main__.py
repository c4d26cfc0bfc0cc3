"""`python -m services.payments web|worker|migrate|dead-letters|replay-events|replay|close-day`."""

from pathlib import Path

from services.payments.commands.close_day import CLOSE_DAY
from services.payments.commands.explain import REPLAY
from services.payments.consumers import handlers
from services.payments.settings import Settings
from services.payments.usecases.restatement import KINDS
from services.payments.worker import make_worker
from shared.cli import ServiceParts, main

SERVICE = ServiceParts(
    name="payments",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    app="services.payments.app:create_app",
    make_worker=make_worker,
    restated=KINDS,
    commands={"replay": REPLAY, "close-day": CLOSE_DAY},
)

if __name__ == "__main__":
    main(SERVICE)
