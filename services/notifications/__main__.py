"""`python -m services.notifications web|worker|migrate|dead-letters|replay-events`."""

from pathlib import Path

from services.notifications.consumers import handlers
from services.notifications.settings import Settings
from services.notifications.worker import make_worker
from shared.cli import ServiceParts, main

SERVICE = ServiceParts(
    name="notifications",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    app="services.notifications.app:create_app",
    make_worker=make_worker,
)

if __name__ == "__main__":
    main(SERVICE)
