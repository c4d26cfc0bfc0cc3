"""A link that is slow takes as long as was said, loses what was said, and is as it was afterwards."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from deploy.local.hosts import Host, Network
from deploy.local.slow_link import Cable
from tests.hosts.links import slow
from tests.hosts.programs import need

SENT = 400
# Sends some datagrams a millisecond apart, and says how many came back, and after how many milliseconds most of them.
_ASK = """
import select, socket, sys, time
there, count, waits = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), []
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
    def take(seconds):
        while select.select([asked], [], [], seconds)[0]:
            waits.append(time.monotonic() - float(asked.recv(100)))
    for number in range(count):
        asked.sendto(repr(time.monotonic()).encode(), there)
        take(0.001)
    take(1)
print(len(waits), round(sorted(waits)[len(waits) // 2] * 1000) if waits else 0)
"""


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    need()
    with Network() as network:
        yield network


@pytest.fixture(scope="module")
def host(network: Network) -> Host:
    return network.host("a")


@pytest.fixture(scope="module")
def port(network: Network) -> Iterator[int]:
    """Where this machine sends back what it gets."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as answering:
        answering.bind((network.address, 0))
        thread = threading.Thread(target=_send_back, args=(answering,), daemon=True)
        thread.start()
        yield answering.getsockname()[1]


def _send_back(answering: socket.socket) -> None:
    while True:
        try:
            answering.sendto(*answering.recvfrom(100))
        except OSError:
            # It was closed.
            return


def ask(host: Host, port: int, count: int = SENT) -> tuple[int, int]:
    """How many of some datagrams came back, and after how many milliseconds."""
    came, milliseconds = host.run("python3", "-c", _ASK, host.machine, str(port), str(count)).split()
    return int(came), int(milliseconds)


def test_a_link_is_slow_for_a_while(network: Network, host: Host, port: int) -> None:
    before = ask(host, port)
    with slow(network, milliseconds=300, loss_percent=0):
        came, milliseconds = ask(host, port)
    assert (before[0], came) == (SENT, SENT)
    # As long again is left to a busy machine.
    assert before[1] < 300 <= milliseconds < 600
    came, milliseconds = ask(host, port)
    assert (came, milliseconds < 300) == (SENT, True)


def test_a_link_loses_some_on_either_way(network: Network, host: Host, port: int) -> None:
    with slow(network, milliseconds=10, loss_percent=30):
        came, _ = ask(host, port)
    # 0.7 x 0.7 of them are 196, and six standard deviations 60.
    assert 136 < came < 256


def test_what_is_sent_at_once_arrives_in_its_order_and_not_before_its_time() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        theirs.setblocking(False)
        cable, began = Cable(seconds=0.05, loss=0), time.monotonic()
        for number in range(3):
            cable.put(bytes([number]), ours.fileno())
        while (left := cable.deliver()) is not None:
            assert time.monotonic() < began + 1
            threading.Event().wait(left)
        assert time.monotonic() >= began + 0.05
        assert [theirs.recv(10) for _ in range(3)] == [b"\0", b"\1", b"\2"]
