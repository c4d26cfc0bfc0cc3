"""`python -m gateway`: serve the gateway until a signal ends it."""

import os
import sys

from gateway.settings import Settings
from shared import metrics_folder
from shared.settings import BadSettings, read_settings


def main() -> None:
    """Exits with status 1 and one line when it cannot start."""
    try:
        settings = read_settings(Settings, os.environ, prefix="GATEWAY")
    except BadSettings as error:
        sys.exit(f"gateway: {error}")
    if settings.workers == 1:
        _serve(settings)
        return
    # Several processes count into files of one folder.
    folder = metrics_folder.count_together()
    try:
        _serve(settings)
    finally:
        metrics_folder.remove_folder(folder)


def _serve(settings: Settings) -> None:
    from gateway.server import serve

    serve(settings)


if __name__ == "__main__":
    main()
