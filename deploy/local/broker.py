"""Which broker this machine uses: the one in BROKER_URL, a private RabbitMQ node, or none but this process."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.credentials import kept_secret
from deploy.local.errors import CannotStart
from deploy.local.ports import Ports
from deploy.local.process import Command
from deploy.local.rabbitmq import RabbitMQ, is_installed, takes_connections

MEMORY = "memory://"


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker's URL, one line that says what it is and why, and what must run for it."""

    url: str
    why: str
    commands: tuple[Command, ...] = ()

    @property
    def is_in_process(self) -> bool:
        """Whether there is no broker, so that all services have to live in one process."""
        return self.url.startswith("memory:")


def choose_broker(url: str | None, root: Path, ports: Ports) -> Broker:
    """The broker at `url` when there is one; otherwise a private node with its files under `root`, or none.

    Raises CannotStart when nobody answers at `url`.
    """
    if url and url.startswith("memory:"):
        return _in_process("asked for by BROKER_URL")
    if url:
        host = urlsplit(url).hostname
        if not takes_connections(url):
            raise CannotStart(f"The broker that BROKER_URL names takes no connections: {host}.")
        return Broker(url, f"the one at {host}, because BROKER_URL names it")
    if not is_installed():
        return _in_process("no `rabbitmq-server` on this machine and no BROKER_URL")
    node = RabbitMQ(root / "rabbitmq", kept_secret(root / "secrets", "rabbitmq"), ports, log=root / "logs/rabbitmq.log")
    node.prepare()
    return Broker(node.url, "a private RabbitMQ node, because `rabbitmq-server` is installed", node.commands())


def _in_process(reason: str) -> Broker:
    return Broker(
        MEMORY,
        f"none, {reason}: all services share one process and nothing can be scaled or restarted alone; "
        "events that were under way at a crash are sent again from the outbox at the next start",
    )
