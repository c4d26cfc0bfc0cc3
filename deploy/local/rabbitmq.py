"""A private RabbitMQ node: Debian's programs, our own files, no root, and the loopback interface unless another address
is asked for."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from glob import glob
from pathlib import Path

from amqp.exceptions import AMQPError
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from deploy.broker.definitions import OPERATOR, definitions
from deploy.local.credentials import write_secret
from deploy.local.errors import CannotStart
from deploy.local.ports import LOOPBACK, Ports
from deploy.local.process import Command
from shared.messaging import bus

# The script under /usr/sbin insists on the user rabbitmq; this one is what it calls in the end.
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CONTROL = SERVER.with_name("rabbitmqctl")

# A consumer may hold on to its messages for three days while its database is away: by default they are taken back after
# half an hour, each time of which counts towards the delivery limit of their queue. The line of raft bounds how much of
# its log of quorum queues a node keeps in memory, by default 512 MB.
_CONFIGURATION = """\
{listener}
log.console = true
log.console.level = info
log.file = false
consumer_timeout = 259200000
raft.wal_max_size_bytes = 16777216
load_definitions = {definitions}
"""
_PLAIN_LISTENER = "listeners.tcp.1 = {host}:{port}"
_TLS_LISTENER = """\
listeners.tcp = none
listeners.ssl.1 = {host}:{port}
ssl_options.cacertfile = {folder}/ca.crt
ssl_options.certfile = {folder}/tls.crt
ssl_options.keyfile = {folder}/tls.key
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false"""


def is_installed() -> bool:
    """Whether this machine has RabbitMQ's programs."""
    return SERVER.exists() and shutil.which("epmd") is not None


def takes_connections(url: str) -> bool:
    """Whether a broker does its work, or any node of a cluster. (Asking `rabbitmqctl` would start a second Erlang
    machine each time.)"""
    return any(map(_takes_connections, bus.nodes(url)))


def _takes_connections(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=2, transport_options={"read_timeout": 5}) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except (OSError, OperationalError, AMQPError):
        return False
    return True


def control(node: Mapping[str, str], arguments: Sequence[str], text: str = "") -> str:
    """What `rabbitmqctl` prints; `node` is the environment of a private node, `text` what it reads."""
    done = subprocess.run(
        [str(CONTROL), "-q", *arguments], input=text, env=dict(node), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotStart(f"rabbitmqctl {arguments[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class RabbitMQ:
    """One node with its files in `folder`. `prepare` first, then run `commands`.

    `passwords` are those of deploy.broker.definitions.USERS. It listens at `address`, with the folder of a certificate
    by TLS alone.
    """

    def __init__(
        self,
        folder: Path,
        passwords: Mapping[str, str],
        ports: Ports,
        *,
        log: Path,
        certificate: Path | None = None,
        address: str = LOOPBACK,
    ) -> None:
        self._certificate, self._host = certificate, address
        self._folder, self._passwords, self._log = folder, passwords, log
        # The same each time where it is free, for subscribers keep it with their passwords.
        kept = folder / "port"
        self._port = ports.take(int(kept.read_text()) if kept.exists() else 0)
        self._node_port, self._names_port = ports.take(), ports.take()

    @property
    def url(self) -> str:
        """As the operator, who may do anything."""
        return self.url_of(OPERATOR)

    def url_of(self, user: str) -> str:
        """As a user."""
        scheme = "amqps" if self._certificate else "amqp"
        return f"{scheme}://{user}:{self._passwords[user]}@{self._host}:{self._port}//"

    def prepare(self) -> None:
        """Write the configuration; queues and messages of earlier runs stay."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / "port").write_text(str(self._port))
        users = self._folder / "definitions.json"
        write_secret(users, definitions(self._passwords))
        form = _TLS_LISTENER if self._certificate else _PLAIN_LISTENER
        listener = form.format(host=self._host, port=self._port, folder=self._certificate)
        configuration = _CONFIGURATION.format(listener=listener, definitions=users)
        write_secret(self._folder / "rabbitmq.conf", configuration)
        (self._folder / "enabled_plugins").write_text("[].\n")
        self._programs = erlang_programs()
        plugins = self._folder / "plugins"
        shutil.rmtree(plugins, ignore_errors=True)
        plugins.mkdir()
        for program in self._programs:
            if "plugins" in program.parts:
                (plugins / program.name).symlink_to(program)

    def commands(self) -> tuple[Command, Command]:
        """What to run, first the name server that every Erlang node wants, so that it ends with us too."""
        names = ("epmd", "-address", LOOPBACK, "-port", str(self._names_port))
        node, is_ready = (str(SERVER), "-noinput"), partial(takes_connections, self.url)
        return (
            Command(
                name="epmd",
                argv=names,
                environment=self.environment(),
                log=self._log.with_name("epmd.log"),
                folder=self._folder,
                address=f"{LOOPBACK}:{self._names_port}",
            ),
            Command(
                name="rabbitmq",
                argv=node,
                environment=self.environment(),
                log=self._log,
                folder=self._folder,
                is_ready=is_ready,
                address=f"{self._host}:{self._port}",
            ),
        )

    def environment(self) -> dict[str, str]:
        """The environment of the node and its tools."""
        paths = " ".join(str(program / "ebin") for program in self._programs)
        return usual_environment(self._folder) | {
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._names_port),
            "RABBITMQ_NODENAME": "millenium@localhost",
            # It would listen there without TLS as well.
            **({} if self._certificate else {"RABBITMQ_NODE_PORT": str(self._port)}),
            "RABBITMQ_DIST_PORT": str(self._node_port),
            # Erlang looks for each of its 1,000 modules in each of 90 folders; naming first those we need, and
            # showing RABBITMQ no other plugin, takes 4 of 10 seconds off its start.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{127,0,0,1}} -pa {paths}",
        }


def usual_environment(folder: Path) -> dict[str, str]:
    """What a node that keeps everything in a folder of its own has in its environment, wherever it listens."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_PLUGINS_DIR": str(folder / "plugins"),
        # Room for a million processes is prepared in memory otherwise, and a node here has some hundreds.
        "RABBITMQ_MAX_NUMBER_OF_PROCESSES": "65536",
        # Makes the script become the Erlang machine instead of watching over it.
        "RABBITMQ_ALLOW_INPUT": "1",
    }


def erlang_programs() -> list[Path]:
    """The Erlang applications a node without plugins needs: `rabbit` and whatever it names, directly or not."""
    folders = {Path(path).name.rsplit("-", 1)[0]: Path(path) for path in glob("/usr/lib/erlang/lib/*")}
    folders |= {Path(path).name.rsplit("-", 1)[0]: Path(path) for path in glob("/usr/lib/rabbitmq/lib/*/plugins/*")}
    needed: dict[str, Path] = {}
    waiting = ["rabbit"]
    while waiting:
        name = waiting.pop()
        description = folders.get(name, Path("/nowhere")) / "ebin" / f"{name}.app"
        if name in needed or not description.exists():
            continue
        needed[name] = folders[name]
        for names in re.findall(r"applications,\s*\[([^\]]*)\]", description.read_text()):
            waiting += re.findall(r"\w+", names)
    return list(needed.values())
