"""JSON logs that carry the request and event they belong to, and the metrics every role counts."""

import logging
import sys
from typing import Any

import orjson
import structlog
from prometheus_client import Counter, Gauge, Histogram

log: Any = structlog.get_logger()

EVENTS_PUBLISHED = Counter("mp_events_published_total", "Events carried from the outbox to the bus.", ["type"])
EVENTS_UNROUTED = Counter("mp_events_unrouted_total", "Events no queue was bound for.", ["type"])
EVENTS_HANDLED = Counter("mp_events_handled_total", "Events handled, by outcome.", ["type", "outcome"])
EVENTS_FORGED = Counter("mp_events_forged_total", "Events that were not signed by the source they name.", ["service"])
EVENTS_FORWARDED = Counter(
    "mp_events_forwarded_total", "Events passed on to subscribers from outside, by outcome.", ["outcome"]
)
DEAD_LETTERS = Counter("mp_dead_letters_total", "Events given up after their last try.", ["type"])
EVENT_LAG = Histogram(
    "mp_event_lag_seconds",
    "From the commit of an event to that of its effect.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
)
RELAY_SHARE = Gauge("mp_relay_share", "The part of a service's outbox that this process relays, 0 to 1.", ["service"])
TIMER_SUCCESS = Gauge(
    "mp_timer_success_timestamp_seconds", "When the work of a timer last ended well here.", ["service", "timer"]
)
TIMER_INTERVAL = Gauge("mp_timer_interval_seconds", "How often a timer is due.", ["service", "timer"])
POOL_SIZE = Gauge(
    "mp_database_pool_size", "Connections a pool may open.", ["service", "pool"], multiprocess_mode="livesum"
)
POOL_IN_USE = Gauge(
    "mp_database_pool_in_use", "Connections of a pool at work.", ["service", "pool"], multiprocess_mode="livesum"
)
REQUESTS = Histogram(
    "mp_request_seconds",
    "Time to answer, by route template.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def configure_logging(service: str, level: str) -> None:
    """One JSON object a line on standard output, from our own logger and from the libraries'."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            lambda _, __, event: {"service": service, **event},
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=lambda event, **_: _dump(event).decode()),
        ],
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _dump(event: Any, **_: Any) -> bytes:
    return orjson.dumps(event, default=str)
