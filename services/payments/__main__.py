"""`python -m services.payments web|worker|migrate|dead-letters|replay-events`."""

from pathlib import Path

from services.payments.app import create_app
from services.payments.consumers import handlers
from services.payments.settings import Settings
from services.payments.worker import make_worker
from shared.cli import ServiceParts, main

SERVICE = ServiceParts(
    name="payments",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    create_app=create_app,
    make_worker=make_worker,
)

if __name__ == "__main__":
    main(SERVICE)
