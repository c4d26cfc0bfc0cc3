"""gunicorn with gevent workers, started from Python: a slow client costs a greenlet here, never a thread."""

import os
import resource
from collections.abc import Callable
from functools import partial
from socket import SHUT_RD, socket
from typing import Any

import gunicorn.util
from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client import multiprocess

from gateway.responses.headers import with_security
from gateway.responses.problems import envelope
from gateway.settings import Settings
from shared.ids import new_id
from shared.telemetry import configure_logging
from shared.web.gunicorn_speed import WholeResponse, fix_settings, speed_up
from shared.web.server_log import ServerLog

MOST_CONNECTIONS = 4000
_OTHER_FILES = 200


def serve(settings: Settings, make_app: Callable[[Settings], Flask] | None = None) -> None:
    """Serve until a signal ends it. The app is made in each worker, after gevent has patched the standard library.

    `make_app` may make more than the gateway, where other things share its process.
    """
    configure_logging("gateway", settings.log_level)
    # gunicorn has no setting for this.
    gunicorn.util.write_error = partial(_write_problem, behind_tls=settings.behind_tls is True)
    speed_up(_Response)
    _Server(settings, make_app or _gateway_alone).run()


def _gateway_alone(settings: Settings) -> Flask:
    from gateway.app import create_app  # a connection pool or a lock made before gevent patches would block all

    return create_app(settings)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    """Binds its ports at once; they refuse connections until the app is made."""

    def __init__(self, settings: Settings, make_app: Callable[[Settings], Flask]) -> None:
        self._settings, self._make_app = settings, make_app
        super().__init__()

    def load_config(self) -> None:
        for name, value in _options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app(self._settings)


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "proc_name": "gateway",
        "bind": [settings.bind, *([settings.metrics_bind] if settings.metrics_bind else [])],
        "worker_class": "gateway.worker.Worker",
        "workers": settings.workers,
        "worker_connections": _raise_connections(),
        # The C parser lets through a bare LF and a SCRIPT_NAME header; this one refuses both.
        "http_parser": "python",
        "header_map": "refuse",
        "forwarder_headers": "",
        "forwarded_allow_ips": "",
        "limit_request_line": 4094,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "control_socket_disable": True,
        "keepalive": 15,
        "graceful_timeout": 25,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108 - gunicorn's heartbeat
        "loglevel": "warning",
        "logger_class": ServerLog,
        "child_exit": _forget_metrics,
        "when_ready": _refuse_for_now,
        "post_worker_init": _listen,
    }


def _refuse_for_now(server: Any) -> None:
    """Stop listening, which keeps the port (Linux): a connection is refused rather than left without an answer."""
    for listener in server.LISTENERS:
        listener.shutdown(SHUT_RD)


def _listen(worker: Any) -> None:
    """Let the ports accept connections, which the first worker that is ready does for all."""
    fix_settings(worker.cfg)
    for listener in worker.sockets:
        listener.listen(worker.cfg.backlog)


def _raise_connections() -> int:
    """Raise the limit of open files; returns how many clients a worker may hold at once.

    An idle client costs some 15 KB and is disconnected after `keepalive` seconds, as is one that does not finish the
    head of a request. Each may need a second file, for the service or for a long body.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * MOST_CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, (soft - _OTHER_FILES) // 2)


def _forget_metrics(_server: Any, worker: Any) -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)


class _Response(WholeResponse):
    """A response without a `Server` header, which may close its connection."""

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        super().process_headers(headers)
        if ("Connection", "close") in headers:
            self.force_close()

    def default_headers(self) -> list[str]:
        return [line for line in super().default_headers() if not line.startswith("Server:")]


def _write_problem(client: socket, status: int, reason: str, _message: str, *, behind_tls: bool) -> None:
    """Respond to what is not HTTP, or exceeds a limit of the parser, in the usual envelope."""
    request_id = str(new_id())
    body = envelope(f"The request was refused: {reason}", reason.lower().replace(" ", "-"), requestId=request_id)
    own = [("Connection", "close"), ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    own.append(("X-Request-Id", request_id))
    lines = [f"{name}: {value}\r\n" for name, value in with_security(own, behind_tls=behind_tls)]
    head = f"HTTP/1.1 {status} {reason}\r\n{''.join(lines)}\r\n"
    gunicorn.util.write_nonblock(client, head.encode("latin-1") + body)
