"""Metrics have a listener of their own, which only those who watch the platform can reach."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, make_wsgi_app, multiprocess

from gateway.application import Wsgi


def with_metrics(application: Wsgi, metrics_bind: str) -> Wsgi:
    """The application, and the metrics instead on the listener of `metrics_bind` (host:port), if one is given."""
    if not metrics_bind:
        return application
    metrics = make_wsgi_app(_registry())
    metrics_port = metrics_bind.rpartition(":")[2]

    def by_port(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # The port is that of the listening socket: nothing a client sends can change it.
        chosen = metrics if environ["SERVER_PORT"] == metrics_port else application
        return chosen(environ, start_response)

    return by_port


def _registry() -> CollectorRegistry:
    """Of all worker processes together when there are several, which is when the variable is set."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry
