"""Metrics have a door of their own, which only those who watch the platform can reach."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, make_wsgi_app, multiprocess

from gateway.application import Wsgi


def beside_metrics(door: Wsgi, metrics_bind: str) -> Wsgi:
    """The door, and on the listener of `metrics_bind` (host:port) the metrics instead. Without one they are nowhere."""
    if not metrics_bind:
        return door
    metrics = make_wsgi_app(_registry())
    metrics_port = metrics_bind.rpartition(":")[2]

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # The port is that of the listening socket: nothing a client sends can change it.
        chosen = metrics if environ["SERVER_PORT"] == metrics_port else door
        return chosen(environ, start_response)

    return application


def _registry() -> CollectorRegistry:
    """Of all worker processes together when there are several, which is when the variable is set."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry
