import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.driver import NUMBER, Load, drive, put_on


class Answering(BaseHTTPRequestHandler):
    """Answers with the status that is asked for, and keeps what was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[str] = []

    def do_GET(self) -> None:
        Answering.asked.append(self.path)
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Length", "3")
        self.send_header("X-Followers-Behind", "lending")
        self.end_headers()
        self.wfile.write(b"yes")

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Answering.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def asking(status: int, rest: bytes = b"") -> bytes:
    return b"GET /%d%s HTTP/1.1\r\nHost: here\r\n\r\n" % (status, rest)


def test_it_sends_the_requests_in_turn_and_as_many_as_asked(port: int) -> None:
    outcome = drive(Load("127.0.0.1", port, 3, [asking(200), asking(500)], seconds=10, at_most=20))
    assert outcome.statuses == {200: 10, 500: 10}
    assert (outcome.count, outcome.answered, outcome.errors, outcome.behind) == (10, 20, 10, 20)


def test_who_is_asked_to_come_back_later_is_counted_apart(port: int) -> None:
    outcome = drive(Load("127.0.0.1", port, 1, [asking(429)], seconds=10, at_most=4))
    assert (outcome.refused, outcome.count) == (4, 0)


def test_each_request_gets_a_number_of_its_own(port: int) -> None:
    drive(Load("127.0.0.1", port, 2, [asking(200, b"/" + NUMBER)], seconds=10, at_most=50))
    assert len(set(Answering.asked)) == 50


def test_it_stops_in_time_and_says_what_it_cost_in_a_process_of_its_own(port: int) -> None:
    outcome = put_on(Load("127.0.0.1", port, 2, [asking(200)], seconds=0.2))
    assert outcome.seconds < 5
    assert 0 < outcome.percentile(0.5) <= outcome.percentile(0.99)
    assert outcome.cpu_seconds > 0
