"""`python -m deploy.local.one_process`: all services, their workers and the gateway in one process, without a broker.

The bus is then kombu's in-process transport, which forgets everything when the process ends; so what somebody has not
heard is sent again from the outboxes at the next start. Nothing can be scaled, and nothing restarted alone.
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING

from gateway.server import serve
from gateway.settings import Settings
from shared.settings import BadSettings, read_settings

if TYPE_CHECKING:
    from flask import Flask
    from gevent.pywsgi import WSGIServer

    from shared.cli import ServiceParts


def main() -> None:
    try:
        settings = read_settings(Settings, os.environ, prefix="GATEWAY")
    except BadSettings as error:
        sys.exit(f"gateway: {error}")
    serve(settings, _make_everything)


# What follows runs in the one process that serves, after gevent has patched the standard library. What waits without
# gevent's knowledge (a lock, psycopg) would make everybody wait, so it must not be imported before. Hence the imports
# inside.


def _make_everything(settings: Settings) -> "Flask":
    """Start the services, and return the gateway that stands before them."""
    from deploy.database.provision import SERVICES
    from gateway.app import create_app

    services = [importlib.import_module(f"services.{name}.__main__").SERVICE for name in SERVICES]
    _send_unhandled_again(services)
    app = create_app(settings)
    # Kept with the app, for a server that nobody refers to stops answering.
    app.extensions["servers"] = [_start(parts) for parts in services]
    return app


def _start(parts: "ServiceParts") -> "WSGIServer":
    """Start the web side and the worker of a service."""
    from gevent.pywsgi import WSGIServer

    settings = parts.read_settings()
    host, _, port = settings.bind.partition(":")
    server = WSGIServer((host, int(port)), parts.create_app(settings), log=None)
    server.start()
    parts.make_worker(settings).start()
    return server


def _send_unhandled_again(services: "list[ServiceParts]") -> None:
    from shared.db import make_sessions
    from shared.messaging.recovery import send_unhandled_again
    from shared.postgres.engine import make_engine

    # One connection as a publisher, and one as a follower of the same events.
    engines = [make_engine(parts.read_settings().database_url, pool_size=2) for parts in services]
    send_unhandled_again(
        [(parts.handlers, make_sessions(engine)) for parts, engine in zip(services, engines, strict=True)]
    )
    for engine in engines:
        engine.dispose()


if __name__ == "__main__":
    main()
