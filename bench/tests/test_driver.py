import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from bench.driver import MADE, NUMBER, Answers, Driving, Load, Request, Stalled, drive, put_on

ID = b"018f0000-0000-7000-8000-000000000001"


class Answering(BaseHTTPRequestHandler):
    """Answers with the status that is asked for, and keeps what was asked, and of which port."""

    protocol_version = "HTTP/1.1"
    asked: list[str] = []
    ports: list[int] = []

    def do_GET(self) -> None:
        Answering.asked.append(self.path)
        Answering.ports.append(self.connection.getsockname()[1])
        body = b'{"data": {"id": "%s"}}' % ID
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Followers-Behind", "lending")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Answering.asked.clear()
    Answering.ports.clear()
    with answering() as url:
        yield url


@contextmanager
def answering() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def asking(status: int, rest: bytes = b"", *, kind: str = "usual", then: Request | None = None) -> Request:
    return Request(kind, b"GET /%d%s HTTP/1.1\r\nHost: here\r\n\r\n" % (status, rest), then)


def test_it_sends_the_requests_in_turn_and_as_many_as_asked(url: str) -> None:
    outcome = drive(Load([url], 3, [asking(200), asking(500)], seconds=10, at_most=20))
    total = outcome.total
    assert total.statuses == {200: 10, 500: 10}
    assert (total.count, total.answered, total.errors, total.behind) == (10, 20, 10, 20)


def test_the_connections_are_spread_evenly_over_the_gateways(url: str) -> None:
    with answering() as other:
        # So many as there are connections, each of which sends one.
        drive(Load([url, other], 6, [asking(200)], seconds=10, at_most=6))
    assert Counter(Answering.ports) == {urlsplit(each).port: 3 for each in (url, other)}


def test_who_is_asked_to_come_back_later_is_counted_apart(url: str) -> None:
    total = drive(Load([url], 1, [asking(429)], seconds=10, at_most=4)).total
    assert (total.refused, total.count) == (4, 0)


def test_each_request_gets_a_number_of_its_own(url: str) -> None:
    drive(Load([url], 2, [asking(200, b"/" + NUMBER)], seconds=10, at_most=50))
    assert len(set(Answering.asked)) == 50


def test_what_follows_a_request_is_sent_about_what_that_one_made(url: str) -> None:
    loan = asking(200, b"/of/" + MADE, kind="loan")
    outcome = drive(Load([url], 2, [asking(200, kind="member", then=loan)], seconds=10, at_most=5))
    assert Answering.asked.count("/200/of/" + ID.decode()) == 5
    assert {kind: answers.count for kind, answers in outcome.kinds.items()} == {"member": 5, "loan": 5}


def test_nothing_follows_a_request_that_failed(url: str) -> None:
    first = asking(500, kind="member", then=asking(200, kind="loan"))
    assert list(drive(Load([url], 1, [first], seconds=10, at_most=2)).kinds) == ["member"]


def test_a_percentile_is_the_latency_that_this_part_did_not_exceed() -> None:
    answers = Answers([float(value) for value in range(100, 0, -1)])
    assert (answers.percentile(0.5), answers.percentile(0.99), Answers().percentile(0.5)) == (51.0, 100.0, 0.0)


def test_it_stops_in_time_and_says_what_it_cost_in_a_process_of_its_own(url: str) -> None:
    outcome = put_on(Load([url], 2, [asking(200)], seconds=0.2))
    assert outcome.seconds < 5
    assert 0 < outcome.total.percentile(0.5) <= outcome.total.percentile(0.99)
    assert outcome.cpu_seconds > 0


class Unreadable(Request):
    """What no other process can be given."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("no number",)


@pytest.mark.timeout(30)
def test_whoever_starts_a_process_that_ends_before_its_time_hears_of_it(url: str) -> None:
    with pytest.raises(Stalled, match="has ended"):
        Driving(Load([url], 1, [Unreadable("read", b"")], seconds=1))
