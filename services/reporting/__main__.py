"""`python -m services.reporting web|worker|migrate|dead-letters|replay-events|verify-audit`."""

import argparse
import sys
from pathlib import Path

from services.reporting.consumers import handlers
from services.reporting.domain.chain import ChainBroken
from services.reporting.settings import Settings
from services.reporting.usecases.trail import verify_trail
from services.reporting.worker import make_worker
from shared.cli import Command, ServiceParts, main
from shared.db import make_engine


def _verify_audit(service: ServiceParts, _options: argparse.Namespace) -> None:
    """Walk the audit trail and say where it ends, or which entry is wrong; then exit with status 1."""
    engine = make_engine(service.read_settings().database_url, pool_size=1)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            end = verify_trail(connection)
    except ChainBroken as error:
        sys.exit(f"The audit trail is broken. {error.message}")
    finally:
        engine.dispose()
    print(f"The audit trail holds: {end.sequence} entries, the last with hash {end.hash.hex()}.")  # noqa: T201 - the answer


SERVICE = ServiceParts(
    name="reporting",
    folder=Path(__file__).parent,
    settings=Settings,
    handlers=handlers,
    app="services.reporting.app:create_app",
    make_worker=make_worker,
    commands={"verify-audit": Command(_verify_audit, "walk the chain of the audit trail")},
)

if __name__ == "__main__":
    main(SERVICE)
