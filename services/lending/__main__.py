"""`python -m services.lending web|worker|migrate|dead-letters|replay-events|schedule`."""

from pathlib import Path

from services.lending.commands.explain import SCHEDULE
from services.lending.consumers import handlers
from services.lending.settings import Settings
from services.lending.usecases.restatement import KINDS
from services.lending.worker import make_worker
from shared.cli import ServiceParts, main

SERVICE = ServiceParts(
    name="lending",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    app="services.lending.app:create_app",
    make_worker=make_worker,
    restated=KINDS,
    commands={"schedule": SCHEDULE},
)

if __name__ == "__main__":
    main(SERVICE)
