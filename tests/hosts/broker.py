"""RabbitMQ as a cluster, each node on a host of its own."""

import json
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.broker.definitions import OPERATOR, USERS, definitions
from deploy.local.hosts import Host, Network
from deploy.local.process import Command
from deploy.local.rabbitmq import CONTROL, SERVER, erlang_programs, takes_connections, usual_environment
from shared.testing import eventually
from tests.hosts.programs import need

_PORT, _DISTRIBUTION_PORT = 5672, 25672
# After so long without a sign of life a node counts as gone, and a minority stops. By default it is a minute.
TICK_SECONDS = 20
_CONFIGURATION = """\
listeners.tcp.1 = {address}:{port}
log.console = true
log.console.level = info
log.file = false
consumer_timeout = 259200000
raft.wal_max_size_bytes = 16777216
cluster_partition_handling = pause_minority
cluster_formation.peer_discovery_backend = classic_config
{nodes}
"""


class BrokerCluster:
    """So many nodes; of three, a message is confirmed when two have it."""

    def __init__(self, network: Network, folder: Path, size: int) -> None:
        self._folder, self._cookie = folder, secrets.token_hex(16)
        self._passwords = {user: secrets.token_urlsafe(16) for user in USERS}
        self.hosts = [network.host(f"mq{number}") for number in range(1, size + 1)]

    @property
    def url(self) -> str:
        """All nodes, as the operator."""
        return ";".join(map(self._url_of, self.hosts))

    def start(self) -> None:
        """Return when all nodes see each other, and the queues are there."""
        for host in self.hosts:
            host.start(*self._commands(host))
        eventually(self.is_whole, seconds=180)
        # Only now, for a queue has its copies on the nodes that there are when it is made.
        file = self._folder / "definitions.json"
        file.write_text(definitions(self._passwords))
        self.control(self.hosts[0], "import_definitions", str(file))
        assert takes_connections(self.url)

    def is_whole(self) -> bool:
        """Whether each node takes connections, and all of them are one cluster."""
        try:
            for host in self.hosts:
                socket.create_connection((host.address, _PORT), timeout=2).close()
            # Asked last and of one alone, for each question starts an Erlang machine.
            status = json.loads(self.control(self.hosts[0], "cluster_status", "--formatter", "json"))
        except (OSError, RuntimeError, ValueError):
            return False
        return len(status["running_nodes"]) == len(self.hosts)

    def wait_until_whole(self, *, seconds: float = 120) -> None:
        """Return when all nodes are one cluster."""
        eventually(self.is_whole, seconds=seconds)

    def node_of(self, connection_name: str) -> Host | None:
        """The host that a connection of this name goes to, as the nodes that answer say."""
        for host in self.hosts:
            try:
                lines = self.control(host, "list_connections", "host", "client_properties").splitlines()
            except RuntimeError:
                continue
            for line in lines:
                address, _, properties = line.partition("\t")
                if f'"{connection_name}"' in properties:
                    return next((each for each in self.hosts if each.address == address), None)
        return None

    def control(self, host: Host, *arguments: str) -> str:
        """What `rabbitmqctl` prints on a host."""
        return host.run(str(CONTROL), "-q", *arguments, environment=self._environment(host))

    def _url_of(self, host: Host) -> str:
        return f"amqp://{OPERATOR}:{self._passwords[OPERATOR]}@{host.address}:{_PORT}//"

    def _commands(self, host: Host) -> tuple[Command, Command]:
        folder = self._folder / host.name
        (folder / "plugins").mkdir(parents=True)
        for program in erlang_programs():
            if "plugins" in program.parts:
                (folder / "plugins" / program.name).symlink_to(program)
        cookie = folder / ".erlang.cookie"
        cookie.write_text(self._cookie)
        cookie.chmod(0o400)
        nodes = "\n".join(
            f"cluster_formation.classic_config.nodes.{number} = {_node_of(each)}"
            for number, each in enumerate(self.hosts, start=1)
        )
        configuration = _CONFIGURATION.format(address=host.address, port=_PORT, nodes=nodes)
        (folder / "rabbitmq.conf").write_text(configuration)
        (folder / "enabled_plugins").write_text("[].\n")
        return self._command(host, "epmd", "epmd"), self._command(host, "rabbitmq", str(SERVER), "-noinput")

    def _command(self, host: Host, name: str, *argv: str) -> Command:
        folder = self._folder / host.name
        log, environment = folder / f"{name}.log", self._environment(host)
        return Command(name=f"{name}-{host.name}", argv=argv, environment=environment, log=log, folder=folder)

    def _environment(self, host: Host) -> dict[str, str]:
        paths = " ".join(str(program / "ebin") for program in erlang_programs())
        return usual_environment(self._folder / host.name) | {
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_NODENAME": _node_of(host),
            "RABBITMQ_DIST_PORT": str(_DISTRIBUTION_PORT),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel net_ticktime {TICK_SECONDS} -pa {paths}",
        }


def _node_of(host: Host) -> str:
    return f"rabbit@{host.address}"


@contextmanager
def broker_cluster(network: Network, size: int = 3) -> Iterator[BrokerCluster]:
    """A cluster for the length of a test, which is skipped where there can be none."""
    need("rabbitmq-server", programs=("rabbitmq-server", "epmd"))
    with tempfile.TemporaryDirectory(prefix="broker-cluster-", ignore_cleanup_errors=True) as name:
        cluster = BrokerCluster(network, Path(name), size)
        try:
            cluster.start()
            yield cluster
        finally:
            for host in cluster.hosts:
                host.power_off()
