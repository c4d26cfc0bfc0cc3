"""Traces are off without an endpoint; with one, callers and called are of one trace, and samples are whole traces."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from shared import tracing
from shared.tests.collector import Collector
from shared.tracing import Kind

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture(autouse=True)
def off(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was before, afterwards; and nothing is waited for."""
    monkeypatch.setattr(tracing, "_SEND_MILLISECONDS", 20)
    for name in ("_configuration", "_provider", "_tracer"):
        monkeypatch.setattr(tracing, name, None)


def test_without_an_endpoint_nothing_is_loaded_and_nothing_begins() -> None:
    code = f"""
import sys
from shared import tracing
tracing.configure("payments", "", 1.0)
tracing.load()
assert tracing.begin("request", tracing.Kind.SERVER, {CALLER!r}) is None and not tracing.is_on()
import shared.messaging.traces, gateway.requests.context
sys.exit(any(name.startswith(("opentelemetry", "requests")) for name in sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_span_is_of_the_trace_of_its_caller_and_says_what_it_was(collector: Collector) -> None:
    tracing.configure("payments", collector.url, 1.0)
    span = tracing.begin("request", Kind.SERVER, CALLER)
    assert span
    assert span.trace_id == tracing.trace_id_of(CALLER) != tracing.trace_id_of("nonsense")
    inner = tracing.begin("publish", Kind.PRODUCER, span.traceparent, began=5)
    assert inner
    inner.end({})
    span.end({"http.route": "/repayments", "http.response.status_code": 500}, name="POST /repayments", is_failed=True)
    published, request = collector.spans(2)
    assert (request.service, request.name, request.kind) == ("payments", "POST /repayments", "SERVER")
    assert request.attributes == {"http.route": "/repayments", "http.response.status_code": 500}
    assert (request.parent, request.is_failed) == ("b7ad6b7169203331", True)
    assert (published.parent, published.trace, published.began) == (request.id, request.trace, 5)


@pytest.mark.parametrize(
    "caller", [None, "", "00-xyz-1-01", CALLER + "x", CALLER.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32)]
)
def test_a_caller_that_is_none_is_no_parent(collector: Collector, caller: str | None) -> None:
    tracing.configure("payments", collector.url, 1.0)
    span = tracing.begin("request", Kind.SERVER, caller)
    assert span
    span.end({})
    (sent,) = collector.spans(1)
    assert sent.parent == ""


def test_who_decides_goes_by_no_caller_and_the_others_by_theirs(collector: Collector) -> None:
    tracing.configure("gateway", collector.url, 0.0, decides=True)
    span = tracing.begin("request", Kind.SERVER, CALLER)
    assert span
    assert span.traceparent.endswith("-00")
    assert span.trace_id == tracing.trace_id_of(CALLER)
    tracing._tracer = None
    tracing.configure("payments", collector.url, 1.0)
    unsampled, sampled = (tracing.begin("request", Kind.SERVER, caller) for caller in (span.traceparent, CALLER))
    assert unsampled
    assert sampled
    unsampled.end({})
    sampled.end({})
    (sent,) = collector.spans(1)
    assert sent.trace == tracing.trace_id_of(CALLER)
    assert sent.parent == CALLER[36:52]
