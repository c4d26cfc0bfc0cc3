"""A real gateway process, as the tests run it."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from gateway.tests.client import Client
from gateway.tests.services import Services
from shared.testing import eventually

ROOT = Path(__file__).parent.parent.parent
ORIGIN = "https://app.example.org"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Gateway:
    """One running gateway process."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port, self.metrics_port = _free_port(), _free_port()
        self.log = log
        own = {"GATEWAY_BIND": f"127.0.0.1:{self.port}", "GATEWAY_METRICS_BIND": f"127.0.0.1:{self.metrics_port}"}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway"],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], **environment, **own},
                stdout=output,
                stderr=output,
            )
        self.client = Client(self.port)

    def memory_bytes(self) -> int:
        """What its worker process holds in memory."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        pages = Path(f"/proc/{children[0]}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def wait_until_ready(self) -> None:
        """It answers, and knows that identity does."""
        eventually(lambda: self._services().get("identity") == "up", seconds=60)

    def wait_until_healthy(self) -> None:
        """It has seen all five services, and their documents."""
        eventually(lambda: set(self._services().values()) == {"up"}, seconds=60)

    def _services(self) -> dict[str, str]:
        try:
            services: dict[str, str] = self.client.get("/health").json["services"]
        except ConnectionError:
            return {}
        return services

    def ask_to_stop(self) -> None:
        self._process.terminate()

    def wait_until_stopped(self, seconds: float = 30) -> None:
        self._process.wait(timeout=seconds)


Start = Callable[..., Gateway]


def asks_nobody(client: Client, services: Services) -> bool:
    """Whether a request passes by what the feed brought, without a question to identity."""
    services.seen.clear()
    client.get("/api/loans")
    return {seen.service for seen in services.seen} == {"lending"}
