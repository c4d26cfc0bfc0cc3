"""A broker's URL may name the nodes of a cluster: whoever connects finds one that answers."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from kombu.exceptions import OperationalError

from shared.messaging import bus


@pytest.fixture
def nobody() -> str:
    """A node that is down: nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"amqp://operator:secret@127.0.0.1:{port}//"


@pytest.fixture
def silent() -> Iterator[str]:
    """A node that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"amqp://operator:secret@127.0.0.1:{server.getsockname()[1]}//"


def test_a_node_that_answers_is_found_past_those_that_are_down(broker_url: str, nobody: str) -> None:
    began = time.monotonic()
    for _ in range(6):
        with bus.connect(f"{nobody};{broker_url};{nobody}") as connection:
            assert connection.connected
    assert time.monotonic() - began < 5, "nobody waits for a node that is down"


def test_a_node_that_says_nothing_is_given_up(broker_url: str, silent: str) -> None:
    began = time.monotonic()
    for _ in range(2):
        bus.connect(f"{silent};{broker_url}").release()
    assert time.monotonic() - began < 12


def test_a_node_that_is_gone_is_not_waited_for_when_its_connection_ends(broker_url: str) -> None:
    def lose(line: Line) -> None:
        with bus.connect(line.url) as connection:
            assert bus.has_exchange(connection, "amq.topic")
            line.cut()
            raise bus.Unconfirmed("as after ten seconds")

    with Line(broker_url) as line:
        began = time.monotonic()
        with pytest.raises(bus.Unconfirmed):
            lose(line)
        # To be answered takes fifteen, which is when the socket gives up.
        assert time.monotonic() - began < 10


class Line:
    """A way to a broker that can be cut, so that nothing gets through and nobody hears of it."""

    def __init__(self, broker_url: str) -> None:
        parts = urlsplit(broker_url)
        self._to = (str(parts.hostname), parts.port or 5672)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._server]
        self._is_cut = threading.Event()
        who = parts.netloc.rpartition("@")[0]
        self.url = parts._replace(netloc=f"{who}@127.0.0.1:{self._server.getsockname()[1]}").geturl()
        threading.Thread(target=self._carry, daemon=True).start()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            each.close()

    def cut(self) -> None:
        self._is_cut.set()

    def _carry(self) -> None:
        ours, theirs = self._server.accept()[0], socket.create_connection(self._to)
        self._sockets += [ours, theirs]
        while not self._is_cut.is_set():
            for ready in select.select([ours, theirs], [], [], 0.1)[0]:
                (theirs if ready is ours else ours).sendall(ready.recv(65536))


def test_without_any_node_it_fails(nobody: str) -> None:
    with pytest.raises((OSError, OperationalError)):
        bus.connect(f"{nobody};{nobody}")


def test_subscribers_have_their_place_on_every_node() -> None:
    assert bus.outside("amqp://a:b@one:5672//;amqp://a:b@two:5672//") == (
        f"amqp://a:b@one:5672/{bus.OUTSIDE};amqp://a:b@two:5672/{bus.OUTSIDE}"
    )
