"""Faults reach Sentry, and nothing private does."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import brotli
import pytest
import sentry_sdk

from shared import error_reports

SECRETS = ("Bearer abc.def.ghi", "correct-horse-1", "refresh_token=xyz")


@pytest.fixture
def envelopes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """What a Sentry of our own receives."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unfold = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers["Content-Encoding"], bytes)
            received.append(unfold(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The tests look at what was received."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(error_reports, "_reporting", False)
    error_reports.start(f"http://key@127.0.0.1:{server.server_address[1]}/42", service="lending", environment="testing")
    yield received
    sentry_sdk.get_client().close()
    server.shutdown()
    server.server_close()


def test_a_fault_is_reported_with_its_request_and_without_secrets(envelopes: list[bytes]) -> None:
    def fail(password: str, headers: str, cookie: str) -> None:
        raise ZeroDivisionError(f"of {len(password + headers + cookie)}")

    try:
        fail(SECRETS[1], SECRETS[0], SECRETS[2])
    except ZeroDivisionError as error:
        error_reports.report(error, request_id="0197-request")
    sentry_sdk.flush(5)
    told = b"".join(envelopes)
    assert b"ZeroDivisionError" in told
    assert b"0197-request" in told
    assert b'"lending"' in told
    # The words of the test itself are source, which is told; what the variables held is not.
    assert b"abc.def.ghi" not in told


def test_without_an_address_nothing_is_loaded_or_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_reports, "_reporting", False)
    error_reports.start("", service="lending", environment="testing")
    error_reports.report(ValueError("nobody hears this"))
    assert error_reports._reporting is False
