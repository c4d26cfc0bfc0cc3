"""Traces by OpenTelemetry: what one request causes, from the gateway through services, outbox, relay and consumers.

Off, and at the cost of one comparison, as long as `configure` was given no endpoint. Spans name routes, types of events
and ids; nothing of what people typed is in them.
"""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as SdkSpan
    from opentelemetry.trace import Tracer

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
# Spans are sent this often, and a collector that does not answer is waited for so long, by no request.
_SEND_MILLISECONDS, _TIMEOUT_SECONDS = 1000, 2


class Kind(StrEnum):
    """Which end of a call or of a message a span is."""

    SERVER = "SERVER"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"


@dataclass(frozen=True, slots=True)
class _Configuration:
    service: str
    endpoint: str
    ratio: float
    decides: bool


_configuration: _Configuration | None = None
_provider: "TracerProvider | None" = None
_tracer: "Tracer | None" = None
_lock = threading.Lock()


class Span:
    """Something that takes time. `traceparent` is what those who are called for it are given."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: "SdkSpan") -> None:
        self._span, context = span, span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self.traceparent[3:35]

    def end(self, attributes: Mapping[str, str | int], *, name: str = "", is_failed: bool = False) -> None:
        """End it now, under another name if one is given. Attributes have the names of OpenTelemetry."""
        if name:
            self._span.update_name(name)
        self._span.set_attributes(attributes)
        if is_failed:
            from opentelemetry.trace import StatusCode

            self._span.set_status(StatusCode.ERROR)
        self._span.end()


def configure(service: str, endpoint: str, ratio: float, *, decides: bool = False) -> None:
    """Send traces to the collector at `endpoint` (OTLP over HTTP, as http://collector:4318), so many of a hundred as
    `ratio` is of 1; nothing when it is empty. Who `decides` goes by no caller's word about that, the gateway namely."""
    global _configuration
    _configuration = _Configuration(service, endpoint, ratio, decides) if endpoint else None


def load() -> None:
    """Load what sends traces, where they are on: once, in a process that forks no more, before anybody waits for it."""
    if _configuration is not None:
        _made_tracer()


def is_on() -> bool:
    """Whether spans are sent anywhere."""
    return _configuration is not None


def trace_id_of(traceparent: str | None) -> str | None:
    """The trace that a `traceparent` names; None where it is none."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match[1] if match else None


def begin(name: str, kind: Kind, parent: str | None, *, began: int | None = None) -> Span | None:
    """A span that begins now, or at `began` (nanoseconds since 1970); None while traces are off. `parent` is the
    `traceparent` of who caused it; one that is missing or malformed makes it the first of a trace."""
    if _configuration is None:
        return None
    from opentelemetry.trace import SpanKind

    span = _made_tracer().start_span(
        name, context=_context_of(parent), kind=SpanKind[kind], start_time=began or time.time_ns()
    )
    return Span(span)


def _context_of(parent: str | None) -> "Context":
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    match = _TRACEPARENT.fullmatch(parent or "")
    if not match:
        return Context()
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    caller = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return set_span_in_context(NonRecordingSpan(caller), Context())


def _made_tracer() -> "Tracer":
    """Made by `load`, or else at the first span: its thread would not be copied into a process that is forked."""
    global _tracer, _provider
    if _tracer is None:
        with _lock:
            if _tracer is None and _configuration is not None:
                _provider = _make_provider(_configuration)
                _tracer = _provider.get_tracer("millenium-potters")
    assert _tracer is not None  # noqa: S101 - for the type checker: who asks has looked whether traces are on
    return _tracer


def _make_provider(configuration: _Configuration) -> "TracerProvider":
    # Only here: 15 MB that no process needs without an endpoint.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    by_ratio = TraceIdRatioBased(configuration.ratio)
    resource = Resource.create({"service.name": configuration.service, "service.namespace": "millenium-potters"})
    provider = TracerProvider(resource=resource, sampler=by_ratio if configuration.decides else ParentBased(by_ratio))
    exporter: Any = OTLPSpanExporter(endpoint=f"{configuration.endpoint}/v1/traces", timeout=_TIMEOUT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_SEND_MILLISECONDS))
    return provider
