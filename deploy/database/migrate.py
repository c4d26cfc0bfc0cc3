"""`python -m deploy.database.migrate`: brings the schema of every service up to date, in one process to save time."""

import importlib
import sys

from deploy.database.provision import SERVICES
from shared.cli import ServiceParts
from shared.settings import BadSettings


def main() -> None:
    for name in SERVICES:
        parts: ServiceParts = importlib.import_module(f"services.{name}.__main__").SERVICE
        # Whoever waits for this reads along.
        print(f"Bringing the schema of {name} up to date.", flush=True)
        try:
            parts.migrate()
        except BadSettings as error:
            sys.exit(f"{name}: {error}")


if __name__ == "__main__":
    main()
