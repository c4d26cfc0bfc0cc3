"""gunicorn, started from Python with the settings every service shares."""

import os
import shutil
import tempfile
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from shared.settings import BaseSettings


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    def __init__(self, make_app: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._make_app, self._options = make_app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()


def serve(make_app: Callable[[], Flask], settings: BaseSettings) -> None:
    """Serve until told to stop. The app is made in each worker process, so that none inherits a connection."""
    options: dict[str, Any] = {
        "bind": settings.bind,
        "worker_class": "gthread",
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "http_parser": "python",
        "header_map": "refuse",
        "forwarder_headers": "",
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        # Longer than the gateway keeps an idle connection, so that it never writes into one being closed.
        "keepalive": 75,
        "worker_connections": 1000,
        "graceful_timeout": 25,
        "timeout": 60,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - gunicorn's heartbeat
        "loglevel": "warning",
    }
    if settings.web_workers > 1:
        options |= _shared_metrics()
    _Server(make_app, options).run()


def _shared_metrics() -> dict[str, Any]:
    """Several processes count into files of one folder, which is emptied at start (prometheus-client's way)."""
    folder = tempfile.mkdtemp(prefix="metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    return {
        "child_exit": lambda _server, worker: multiprocess.mark_process_dead(worker.pid),
        "on_exit": lambda _server: shutil.rmtree(folder, ignore_errors=True),
    }
