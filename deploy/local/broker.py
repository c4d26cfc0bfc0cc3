"""Which broker this machine uses: the one in BROKER_URL, a private RabbitMQ node, or none but this process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from deploy.broker.definitions import FORWARDER, USERS
from deploy.broker.keys import EVERYBODY
from deploy.local.credentials import kept_secret
from deploy.local.errors import CannotStart
from deploy.local.ports import LOOPBACK, Ports
from deploy.local.process import Command
from deploy.local.rabbitmq import RabbitMQ, is_installed, takes_connections
from shared.messaging import bus

MEMORY = "memory://"


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker's URL as the operator reaches it, one line that says what it is and why, what must run for it, the URLs
    of those who have a user of their own there, and what the tools of a private node need."""

    url: str
    why: str
    commands: tuple[Command, ...] = ()
    own_urls: Mapping[str, str] = field(default_factory=dict)
    node: Mapping[str, str] = field(default_factory=dict)

    def url_of(self, name: str) -> str:
        """How a service or the gateway reaches it."""
        return self.own_urls.get(name, self.url)

    @property
    def forwarding_url(self) -> str:
        """Where the forwarder publishes for subscribers from outside; empty where nobody made a place for them."""
        return bus.outside(self.own_urls[FORWARDER]) if FORWARDER in self.own_urls else ""

    @property
    def is_in_process(self) -> bool:
        """Whether there is no broker, so that all services have to live in one process."""
        return self.url.startswith("memory:")


def choose_broker(
    url: str | None, root: Path, ports: Ports, certificate: Path | None = None, address: str = LOOPBACK
) -> Broker:
    """The broker at `url` when there is one; otherwise a private node with its files under `root`, or none. A private
    node listens at `address`, and has the certificate of this folder, if there is one.

    Raises CannotStart when nobody answers at `url`.
    """
    if url and url.startswith("memory:"):
        return _in_process("asked for by BROKER_URL")
    if url:
        host = ", ".join(str(urlsplit(node).hostname) for node in bus.nodes(url))
        if not takes_connections(url):
            raise CannotStart(f"The broker that BROKER_URL names takes no connections: {host}.")
        return Broker(url, f"the one at {host}, because BROKER_URL names it")
    if not is_installed():
        return _in_process("no `rabbitmq-server` on this machine and no BROKER_URL")
    secrets = root / "secrets"
    passwords = {name: kept_secret(secrets, f"rabbitmq-{name}") for name in USERS}
    log = root / "logs/rabbitmq.log"
    node = RabbitMQ(root / "rabbitmq", passwords, ports, log=log, certificate=certificate, address=address)
    node.prepare()
    own_urls = {name: node.url_of(name) for name in EVERYBODY}
    why = "a private RabbitMQ node, because `rabbitmq-server` is installed"
    return Broker(node.url, why, node.commands(), own_urls, node.environment())


def _in_process(reason: str) -> Broker:
    return Broker(
        MEMORY,
        f"none, {reason}: all services share one process and nothing can be scaled or restarted alone; "
        "events that were under way at a crash are sent again from the outbox at the next start",
    )
