"""`python -m services.membership web|worker|migrate|dead-letters|replay-events`."""

from pathlib import Path

from services.membership.consumers import handlers
from services.membership.settings import Settings
from services.membership.usecases.restatement import KINDS
from services.membership.worker import make_worker
from shared.cli import ServiceParts, main

SERVICE = ServiceParts(
    name="membership",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    app="services.membership.app:create_app",
    make_worker=make_worker,
    restated=KINDS,
)

if __name__ == "__main__":
    main(SERVICE)
