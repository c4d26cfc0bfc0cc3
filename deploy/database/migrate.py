"""`python -m deploy.database.migrate`: brings the schema of every service up to date, in one process to save time.

Where nothing else runs, and ADMIN_DATABASE_URL is there, it carries over what belongs to another service now, too, and
gives reporting the facts of the past.
"""

import importlib
import os
import sys

from deploy.database import carry_over, fill_history
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
    if "ADMIN_DATABASE_URL" in os.environ:
        carry_over.main(["--end"])
        fill_history.main()


if __name__ == "__main__":
    main()
