"""Health and metrics of a process that serves nothing else over HTTP."""

import threading
from collections.abc import Callable
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app

# By this name of the installation nobody takes another one's process for its own.
PLATFORM_HEADER = "X-Platform"


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Probes every few seconds are no news."""


def serve_health(bind: str, is_alive: Callable[[], bool], *, platform: str = "") -> None:
    """Answer `/health/live`, `/health/ready` and `/metrics` on `host:port` from a thread of its own."""
    metrics = make_wsgi_app()

    def application(environ, start_response):  # type: ignore[no-untyped-def]  # WSGI has no simpler type
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start_response)
        alive = is_alive()
        headers = [("Content-Type", "application/json"), *([(PLATFORM_HEADER, platform)] if platform else [])]
        start_response("200 OK" if alive else "503 Service Unavailable", headers)
        return [b'{"status":"ok"}' if alive else b'{"status":"failing"}']

    host, port = bind.rsplit(":", 1)
    server = make_server(host, int(port), application, handler_class=_Silent)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
