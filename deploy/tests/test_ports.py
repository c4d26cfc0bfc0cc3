"""Ports are held from the moment they are chosen, and nobody's health is taken for one's own."""

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from deploy.client import Client
from deploy.local.errors import CannotStart
from deploy.local.folder import CODE
from deploy.local.platform import Platform
from deploy.local.ports import LOOPBACK, Ports
from deploy.local.progress import say_nothing


@pytest.fixture
def ports():
    ports = Ports()
    yield ports
    ports.release()


def test_a_held_port_is_given_to_nobody_else_and_its_server_can_still_listen(ports):
    port = ports.take()
    other = Ports()
    assert other.take(port) != port
    with pytest.raises(CannotStart, match=f"Port {port} is taken"):
        other.take_exactly(port)
    other.release()
    with socket.create_server((LOOPBACK, port)), socket.create_connection((LOOPBACK, port)):
        pass


def test_another_process_finds_a_held_port_taken(ports):
    code = "import sys; from deploy.local.ports import Ports; print(Ports().take(int(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(port := ports.take())]
    assert subprocess.run(command, cwd=CODE, capture_output=True, check=True).stdout.strip() != str(port).encode()


def test_a_port_is_free_again_when_it_is_released(ports):
    port = ports.take()
    ports.release()
    assert ports.take_exactly(port) == port


def test_two_platforms_that_start_at_the_same_moment_share_nothing(tmp_path: Path) -> None:
    """Both ask for the usual ports of the services, 8101 to 8105, and both become ready with their own."""
    free = Ports()
    ports = [free.take(), free.take()]
    free.release()
    together = Barrier(2)

    def start(index: int) -> Platform:
        together.wait()
        platform = Platform(
            tmp_path / str(index),
            port=ports[index],
            broker_url="memory://",
            environment={"IDENTITY_BCRYPT_COST": "4"},
            report=say_nothing,
        )
        together.wait()
        platform.start()
        return platform

    (tmp_path / "0").parent.chmod(0o711)
    with ThreadPoolExecutor(2) as threads:
        platforms = list(threads.map(start, range(2)))
    try:
        assert not set(platforms[0].service_urls.values()) & set(platforms[1].service_urls.values())
        for platform in platforms:
            Client(platform.url).sign_in(platform.credentials.email, platform.credentials.password)
    finally:
        for platform in platforms:
            platform.stop()
            platform.remove()
