"""`python -m shared.tests.small_server PORT THREADS FIFO PROCESSES [CERTIFICATE KEY]`: a service's server with a small
app, for tests."""

import os
import sys
import threading
from pathlib import Path

from flask import Flask, request

from shared.settings import BaseSettings
from shared.web.server import serve
from shared.web.serving_threads import ServingThreads

MOST_BYTES = 1_000_000


def make_app(fifo: Path) -> Flask:
    """An app that answers at once, or at `/wait` when somebody writes into `fifo`."""
    app = Flask("small")

    @app.post("/echo")
    def echo() -> bytes:
        return request.get_data()

    @app.get("/hello")
    @app.get("/health/live")
    def hello() -> str:
        return "hello"

    @app.get("/wait")
    def wait() -> str:
        fifo.read_text()
        return "done"

    @app.get("/threads")
    def threads() -> str:
        return str(sum(thread.name == "requests" for thread in threading.enumerate()))

    @app.get("/process")
    def process() -> str:
        return str(os.getpid())

    @app.get("/long")
    def long() -> bytes:
        return b"x" * MOST_BYTES

    return app


def main() -> None:
    port, threads, fifo, processes, *files = sys.argv[1:]
    certificate, key = files or ("", "")
    # Even where the machine is busy, each process gets to what is left to it.
    ServingThreads.others_first_seconds = 0.5
    settings = BaseSettings(
        database_url="",
        broker_url="memory://",
        jwks_url="",
        internal_secret="only-for-tests" * 3,
        bind=f"127.0.0.1:{port}",
        web_threads=int(threads),
        web_workers=int(processes),
        environment="development",
        tls_certificate=certificate,
        tls_key=key,
    )
    serve("small", lambda: make_app(Path(fifo)), settings)


if __name__ == "__main__":
    main()
