"""gunicorn, started from Python with the settings every service shares."""

import gc
import os
import shutil
import sys
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
    """Serve until told to stop.

    The worker processes are forked from one that has made the app, and share its memory. Making an app opens no
    connection and starts no thread, so none is inherited.
    """
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
        "preload_app": True,
        # What is there before the fork is kept out of the collector's sight: walking over it would copy every page.
        "pre_fork": lambda _server, _worker: gc.freeze(),
        "graceful_timeout": 25,
        "timeout": 60,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - gunicorn's heartbeat
        "loglevel": "warning",
    }
    if settings.web_workers > 1:
        options |= _metrics_of_all()
    _Server(make_app, options).run()


def _metrics_of_all() -> dict[str, Any]:
    """Let several processes count together, in files of one folder (prometheus-client's way).

    The library looks at the variable when it is first imported, so this process begins again with it set.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="metrics-")
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the very command this process was started with
    folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
    return {
        "child_exit": lambda _server, worker: multiprocess.mark_process_dead(worker.pid),
        "on_exit": lambda _server: shutil.rmtree(folder, ignore_errors=True),
    }
