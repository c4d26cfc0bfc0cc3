"""`python -m services.reporting web|worker|migrate|dead-letters|replay-events|verify-audit`."""

from pathlib import Path

from services.reporting.commands import note_subscriber, restores, verify_audit
from services.reporting.consumers import handlers
from services.reporting.settings import Settings
from services.reporting.usecases.trail import seal_trail
from services.reporting.worker import make_worker
from shared.cli import Command, ServiceParts, main
from shared.clock import now
from shared.postgres.engine import make_engine


def seal_older_entries(settings: Settings) -> None:
    """Put entries of the first release under the key."""
    engine = make_engine(settings.direct_url, pool_size=1)
    with engine.begin() as connection:
        seal_trail(connection, settings.chain_keys.newest, now())
    engine.dispose()


SERVICE = ServiceParts(
    name="reporting",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    app="services.reporting.app:create_app",
    make_worker=make_worker,
    after_migrate=seal_older_entries,
    commands={
        "verify-audit": Command(
            verify_audit.verify_audit, "walk the chain of the audit trail", verify_audit.add_arguments
        ),
        "restore": Command(restores.restore, "restore a file that was downloaded", restores.add_arguments),
        "note-subscriber": Command(
            note_subscriber.note_subscriber, "what `subscribers` does inside", note_subscriber.add_arguments
        ),
    },
)

if __name__ == "__main__":
    main(SERVICE)
