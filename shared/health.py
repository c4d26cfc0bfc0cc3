"""Whether a process is alive and ready; probes are answered at once, whatever database and broker do meanwhile."""

import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from shared import tls
from shared.postgres.urls import connect_options, libpq_url

# By this name of the installation nobody takes another one's process for its own.
PLATFORM_HEADER = "X-Platform"


ASK_SECONDS = 1.0
# Not having answered for so long is being away.
PATIENCE_SECONDS = 3.0
# How long the very first probe of a process waits for an answer.
_FIRST_SECONDS = 0.8
_CONNECT_SECONDS = 2


class Pulse:
    """Whether a database answers, asked every second over a connection of its own from the first probe on."""

    def __init__(self, url: str) -> None:
        self._url = libpq_url(url)
        self._how = connect_options(url, seconds=_CONNECT_SECONDS)
        self._lock = threading.Lock()
        self._is_asking = False
        self._first = threading.Event()
        self._answered_at = float("-inf")

    def is_felt(self) -> bool:
        """Whether it has answered just now; known at once, but for the first time."""
        with self._lock:
            if not self._is_asking:
                self._is_asking = True
                threading.Thread(target=self._ask_on, name="pulse", daemon=True).start()
        self._first.wait(_FIRST_SECONDS)
        return time.monotonic() - self._answered_at < PATIENCE_SECONDS

    def _ask_on(self) -> None:
        # Only here: the gateway, which has no database, takes a name from this module and not 6 MB of a driver.
        import psycopg

        while True:
            try:
                with psycopg.connect(self._url, autocommit=True, **self._how) as database:
                    while True:
                        database.execute("SELECT 1")
                        self._answered_at = time.monotonic()
                        self._first.set()
                        time.sleep(ASK_SECONDS)
            except psycopg.Error:
                # Who asks hears of it by the age of the last answer.
                time.sleep(ASK_SECONDS)


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection, so that one that says nothing keeps no probe waiting."""

    daemon_threads = True


class _SecureServer(_Server):
    """Speaks TLS. The thread of a connection shakes hands, with the files as they are by then: they may be renewed."""

    def __init__(self, certificate: str, key: str, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._certificate, self._key = certificate, key

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(_Silent.timeout)
        # Who does not speak TLS, or does not trust us, is no error of ours.
        with (
            suppress(ssl.SSLError, ConnectionError, TimeoutError),
            tls.server_context(self._certificate, self._key).wrap_socket(request, server_side=True) as wrapped,
        ):
            super().finish_request(wrapped, client_address)


class _Silent(WSGIRequestHandler):
    timeout = 5

    def log_message(self, *_: object) -> None:
        """Probes come every few seconds and are not logged."""


def serve_health(
    bind: str,
    is_alive: Callable[[], bool],
    is_ready: Callable[[], bool],
    *,
    platform: str = "",
    certificate: str = "",
    key: str = "",
) -> None:
    """Answer `/health/live`, `/health/ready` and `/metrics` on `host:port` from threads of their own; over TLS with a
    certificate."""
    metrics = make_wsgi_app()
    answers = {"/health/live": is_alive, "/health/ready": is_ready}

    def application(environ, start_response):  # type: ignore[no-untyped-def]  # WSGI has no simpler type
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start_response)
        headers = [("Content-Type", "application/json"), *([(PLATFORM_HEADER, platform)] if platform else [])]
        if not (is_well := answers.get(environ["PATH_INFO"])):
            start_response("404 Not Found", headers)
            return [b'{"status":"unknown"}']
        well = is_well()
        start_response("200 OK" if well else "503 Service Unavailable", headers)
        return [b'{"status":"ok"}' if well else b'{"status":"failing"}']

    host, port = bind.rsplit(":", 1)
    kind: Any = partial(_SecureServer, certificate, key) if certificate else _Server
    server = make_server(host, int(port), application, server_class=kind, handler_class=_Silent)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
