"""gunicorn, started from Python with the settings every service shares."""

import gc
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from shared import metrics_folder, tracing
from shared.settings import BaseSettings
from shared.web.gunicorn_speed import speed_up
from shared.web.server_log import ServerLog
from shared.web.serving_threads import ServingThreads
from shared.web.shares import Shares
from shared.worker import Worker


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    def __init__(self, make_app: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._make_app, self._options = make_app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()


def serve(
    name: str, make_app: Callable[[], Flask], settings: BaseSettings, make_worker: Callable[[], Worker] | None = None
) -> None:
    """Serve until a signal ends it; where a worker is made, its loops run beside the threads that serve. Lists of
    processes have the `name`, where setproctitle is installed.

    The worker processes are forked from one that has made the app, and share its memory. Making an app opens no
    connection and starts no thread, so none is inherited.
    """
    options: dict[str, Any] = {
        "proc_name": name,
        "bind": settings.bind,
        "worker_class": ServingThreads,
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "http_parser": "python",
        "header_map": "refuse",
        "certfile": settings.tls_certificate or None,
        "keyfile": settings.tls_key or None,
        "forwarder_headers": "",
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        # Longer than the gateway keeps an idle connection, so that it never writes into one being closed.
        "keepalive": 75,
        "worker_connections": 1000,
        "preload_app": True,
        "pre_fork": partial(_before_fork, Shares() if settings.web_workers > 1 else None),
        "graceful_timeout": 25,
        "timeout": 60,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - gunicorn's heartbeat
        "post_worker_init": _load_tracing,
        "loglevel": "warning",
        "logger_class": ServerLog,
    }
    if make_worker:
        options |= _with_worker(make_worker)
    speed_up()
    if settings.web_workers > 1:
        options |= _metrics_of_all()
    _Server(make_app, options).run()


def _before_fork(shares: Shares | None, server: Any, worker: ServingThreads) -> None:
    # What is there before the fork is kept out of the collector's sight: walking over it would copy every page.
    gc.freeze()
    if shares:
        taken = {other.place for other in server.WORKERS.values()}
        worker.shares, worker.place = shares, shares.free_place(taken)


def _load_tracing(_worker: Any) -> None:
    tracing.load()


def _with_worker(make_worker: Callable[[], Worker]) -> dict[str, Any]:
    """Let a service that has little to do be one process instead of two. It ends when a loop of its worker has ended,
    and gunicorn starts it again."""
    running: list[Worker] = []

    def start(_process: Any) -> None:
        worker = make_worker()
        worker.start()
        running.append(worker)
        threading.Thread(target=watch, args=(worker,), name="worker watch", daemon=True).start()

    def watch(worker: Worker) -> None:
        worker.wait()
        if running:
            os._exit(1)

    def stop(_server: Any, _process: Any) -> None:
        while running:
            running.pop().stop()

    return {"post_worker_init": start, "worker_exit": stop}


def _metrics_of_all() -> dict[str, Any]:
    """Let several processes count together, in files of one folder (prometheus-client's way)."""
    folder = metrics_folder.count_together()
    return {
        "child_exit": lambda _server, worker: multiprocess.mark_process_dead(worker.pid),
        "on_exit": lambda _server: metrics_folder.remove_folder(folder),
    }
