"""What one request causes is one trace: gateway, service, relay and every consumer, each called by the one before."""

import secrets

from deploy.local.platform import Platform
from shared.testing import eventually
from shared.tests.collector import Collector, Sent
from tests.institution import Team

EVENT = "payments.repayment.recorded.v1"


def test_a_repayment_is_one_trace_from_the_gateway_to_every_follower(team: Team, traces: Collector) -> None:
    loan = team.active_loan()
    # One of the few that are traced goes by the second half of its id.
    trace, ours = secrets.token_hex(8) + "0000" + secrets.token_hex(6), secrets.token_hex(8)
    answer = team.pay(loan["id"], 5000, traceparent=f"00-{trace}-{ours}-00").accepted()

    def found() -> dict[tuple[str, str], Sent]:
        return {(span.service, span.name): span for span in traces.sent if span.trace == trace}

    followers = {"lending", "reporting"}
    # Each process sends its own in its own time.
    expected = {(name, f"handle {EVENT}") for name in followers} | {("payments", f"publish {EVENT}")}
    expected |= {("gateway", "POST /api/repayments"), ("payments", "POST /repayments")}
    eventually(lambda: expected <= found().keys(), seconds=30)
    spans = found()
    gateway, service = spans["gateway", "POST /api/repayments"], spans["payments", "POST /repayments"]
    relay = spans["payments", f"publish {EVENT}"]
    assert [gateway.parent, service.parent, relay.parent] == [ours, gateway.id, service.id]
    for name in followers:
        handled = spans[name, f"handle {EVENT}"]
        assert (handled.parent, handled.kind, handled.is_failed) == (relay.id, "CONSUMER", False)
        assert handled.began >= relay.began >= service.began >= gateway.began
    assert gateway.attributes == {
        "http.request.method": "POST",
        "http.route": "/api/repayments",
        "http.response.status_code": answer.status,
        "mp.request_id": answer.headers["x-request-id"],
    }


def test_the_logs_of_a_service_name_the_trace(team: Team, platform: Platform) -> None:
    trace = secrets.token_hex(16)
    team.officer.call("GET", "/loans", traceparent=f"00-{trace}-{secrets.token_hex(8)}-01").accepted()
    log = platform.logs / "lending-web.log"
    line = eventually(lambda: next((line for line in log.read_text().splitlines() if trace in line), None))
    assert '"event":"request"' in line
    assert '"route":"/loans"' in line
