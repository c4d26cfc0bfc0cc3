"""Finds a real RabbitMQ for the tests: the one given, a container, this machine's, or one installed for the purpose."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_urlsafe

from docker.errors import DockerException
from kombu.connection import Connection
from testcontainers.core.container import DockerContainer

from deploy import debian
from deploy.broker.definitions import USERS
from deploy.broker.keys import EVERYBODY
from deploy.local import rabbitmq
from deploy.local.broker import Broker
from deploy.local.errors import CannotStart
from deploy.local.ports import Ports
from deploy.local.progress import say_nothing
from deploy.local.supervisor import Supervisor

IMAGE = "rabbitmq:4"
_START_SECONDS = 90.0
_AMQP_PORT = 5672


@contextmanager
def real_broker() -> Iterator[Broker]:
    """A RabbitMQ that takes connections for as long as the context lasts. Raises CannotStart."""
    with ExitStack() as stack:
        broker = _from_environment() or _from_container(stack) or _from_machine(stack)
        yield replace(broker, why=f"{broker.why}; {_version_line(version_of(broker.url))}")


def version_of(url: str) -> str:
    """What a broker says of its version, such as `4.1.2`."""
    with Connection(url) as connection:
        connection.connect()
        return str(connection.connection.server_properties.get("version", "unknown"))


def _version_line(version: str) -> str:
    """The version, and whether it is the one that compose runs."""
    expected = IMAGE.partition(":")[2]
    if version.partition(".")[0] == expected:
        return f"version {version}, as compose has it"
    return f"version {version}, NOT the {expected} of compose, which the tests run on only where Docker answers"


def _from_environment() -> Broker | None:
    url = os.environ.get("BROKER_URL")
    return _ready(Broker(url, "the one in BROKER_URL")) if url else None


def _from_container(stack: ExitStack) -> Broker | None:
    """A container where Docker answers and has the image, or can get it."""
    password = token_urlsafe(16)
    try:
        container = DockerContainer(IMAGE).with_exposed_ports(_AMQP_PORT)
        container.with_envs(RABBITMQ_DEFAULT_USER="tests", RABBITMQ_DEFAULT_PASS=password)
        stack.enter_context(container)
    except DockerException:
        return None
    address = f"{container.get_container_host_ip()}:{container.get_exposed_port(_AMQP_PORT)}"
    return _ready(Broker(f"amqp://tests:{password}@{address}//", f"a container of {IMAGE}"))


def _from_machine(stack: ExitStack) -> Broker:
    """A private node of this machine's RabbitMQ, which is installed first where that is possible."""
    origin = "which is installed here"
    if not rabbitmq.is_installed():
        _install()
        origin = "just installed from Debian's package"
    return replace(stack.enter_context(private_node()), why=f"a private node of rabbitmq-server, {origin}")


@contextmanager
def private_node() -> Iterator[Broker]:
    """A node of its own with our users, where RabbitMQ is installed."""
    with tempfile.TemporaryDirectory(prefix="rabbitmq-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        passwords = {user: token_urlsafe(16) for user in USERS}
        ports = Ports()
        node = rabbitmq.RabbitMQ(folder / "node", passwords, ports, log=folder / "rabbitmq.log")
        node.prepare()
        supervisor = Supervisor(say_nothing)
        try:
            supervisor.start(*node.commands())
            supervisor.wait_until_ready(seconds=_START_SECONDS)
            own_urls = {user: node.url_of(user) for user in EVERYBODY}
            yield Broker(node.url, "a private node", own_urls=own_urls, node=node.environment())
        finally:
            supervisor.close()
            ports.release()


def _install() -> None:
    if not debian.may_install():
        raise CannotStart(
            "The tests need a real RabbitMQ: set BROKER_URL, or start Docker, or install rabbitmq-server "
            "(on Debian: apt-get install rabbitmq-server, which only root may do)."
        )
    print("Installing Debian's rabbitmq-server for the tests ...", flush=True)
    fault = debian.install("rabbitmq-server")
    if fault or not rabbitmq.is_installed():
        raise CannotStart(f"The tests need a real RabbitMQ, and installing it failed: {fault}")


def _ready(broker: Broker) -> Broker:
    deadline = time.monotonic() + _START_SECONDS
    while not rabbitmq.takes_connections(broker.url):
        if time.monotonic() > deadline:
            raise CannotStart(f"RabbitMQ ({broker.why}) takes no connections.")
        # A broker that starts tells nobody when it takes connections.
        time.sleep(0.1)
    return broker
