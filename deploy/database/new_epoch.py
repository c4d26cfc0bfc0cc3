"""`python -m deploy.database.new_epoch`: begins a new epoch in every service, after the database went back to a moment.

It needs the database only, takes a moment, and is harmless to repeat; the workers publish the state of their services
anew as soon as they run. See docs/decisions/53-epochs.md.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from deploy.database.provision import SERVICES
from shared import epochs
from shared.cli import ServiceParts, add_epoch_arguments, begin_epoch
from shared.clock import now
from shared.postgres.engine import make_engine
from shared.settings import BadSettings, BaseSettings
from shared.telemetry import configure_logging


def main(arguments: Sequence[str] | None = None) -> None:
    """Exits with one line when the settings of a service are missing."""
    parser = argparse.ArgumentParser(prog="new-epoch", description=__doc__)
    add_epoch_arguments(parser)
    options = parser.parse_args(arguments)
    options.command = "new-epoch"
    parts: list[ServiceParts] = [importlib.import_module(f"services.{name}.__main__").SERVICE for name in SERVICES]
    try:
        settings = [part.read_settings() for part in parts]
    except BadSettings as error:
        sys.exit(f"new-epoch: {error}")
    configure_logging("new-epoch", settings[0].log_level)
    options.epoch = options.epoch or epochs.next_number(max(map(_newest_epoch, settings)), now())
    for part, of_part in zip(parts, settings, strict=True):
        begin_epoch(part, of_part, options)


def _newest_epoch(settings: BaseSettings) -> int:
    engine = make_engine(settings.direct_url, pool_size=1)
    with engine.connect() as connection:
        newest = max(epochs.numbers(connection).values(), default=0)
    engine.dispose()
    return newest


if __name__ == "__main__":
    main()
