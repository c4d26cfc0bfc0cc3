"""The whole platform on this machine: PostgreSQL, the broker, every service as web and worker, the gateways."""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from signal import Signals
from typing import Any

from deploy.backups.after_restore import CannotSettle, settle_return
from deploy.broker.keys import GATEWAY, event_keys
from deploy.certificates import AUTHORITY, AUTHORITY_FOLDER, CannotCertify, certify, hold_on
from deploy.database.provision import SERVICES, Passwords, owner_of, provision
from deploy.local import rabbitmq
from deploy.local.broker import choose_broker
from deploy.local.copies import Template
from deploy.local.credentials import Credentials, kept_credentials, kept_secret, kept_signing_keys
from deploy.local.errors import CannotStart
from deploy.local.hosts import Host
from deploy.local.parts import ARCHIVE, AUDIT_KEYS, BOTH, JWKS, SIGNING_KEYS, Addresses, Parts, template_process
from deploy.local.ports import LOOPBACK, Ports
from deploy.local.postgres import Postgres, remove_cluster
from deploy.local.process import Command
from deploy.local.progress import Report, say, say_nothing
from deploy.local.scale import check_scale
from deploy.local.state import State, forget_state
from deploy.local.supervisor import Supervisor, run_to_end
from deploy.local.unsigned import may_hold_unsigned, sign_unsigned
from shared.clock import now
from shared.tls import trust

# These answer most requests, and a process of Python uses one core at a time. Payments is not among them: what one
# process of it records together costs less than what two do.
WEB_PROCESSES = dict.fromkeys(("membership", "lending"), min(2, os.cpu_count() or 1))

CERTIFICATES = "certificates"


class Platform:
    """Everything that runs, with its data, logs and secrets in the folder `root`.

    >>> with temporary_platform(gateways=2, workers={"payments": 3}) as platform:
    ...     call(platform.urls[1], platform.credentials)
    ...     platform.kill("payments-worker")      # is started again by itself
    ...     platform.wait_until_ready()

    Processes are called `postgres`, `epmd`, `rabbitmq`, `lending-web`, `lending-worker`, `gateway`; a second and third
    one `gateway-2`, `gateway-3`. Without a broker there is one process `all-in-one` beside `postgres`.

    `port` is the first gateway's, and asks for the usual ports of the services too; 0 takes any that are free.
    `web` says how many server processes share a service's port (by default WEB_PROCESSES), `gateway_processes` how
    many share a gateway's, and `workers` how many workers a service has.
    With `tls` broker and services are reached by TLS alone, and the gateway, which stands behind what has a public
    certificate, is not; certificates are made and renewed at the start, and this process trusts their authority. The
    database is where `postgres` names the programs of one that has TLS; the usual one has not, and stays on loopback.
    `database_url` is the superuser's URL of a database that somebody else runs; then there is no process `postgres`,
    and no archive of ours.
    `hosts` are network namespaces (deploy.local.hosts), each of which has `gateways`, a web side and the workers of
    every service; only database and broker stay on this machine, where the hosts reach them. A gateway asks the
    services of its own host. Processes of the second host are called `lending-web-2`; nothing there is scaled, and all
    of it is this release.
    `archive` is the folder, by default below `root`, that the log of the database and its base backups go to; None is
    none.
    `releases` names processes that run another release, by the folder of its code with the packages in .venv; who
    changes it says so by `replace`.
    `environment` is added to that of every process, such as {"IDENTITY_BCRYPT_COST": "4"}. `report` is called with
    the progress of the start, and with processes that end.
    """

    def __init__(
        self,
        root: Path,
        *,
        port: int = 0,
        gateways: int = 1,
        web: Mapping[str, int] | None = None,
        workers: Mapping[str, int] | None = None,
        gateway_processes: int = 1,
        broker_url: str | None = None,
        environment: Mapping[str, str] | None = None,
        postgres_settings: Mapping[str, str] | None = None,
        archive: Path | None = Path(ARCHIVE),
        tls: bool = False,
        postgres: Path | None = None,
        releases: Mapping[str, Path] | None = None,
        database_url: str = "",
        hosts: Sequence[Host] = (),
        report: Report = say,
    ) -> None:
        self._ports = Ports()
        self.root, self.logs = root.resolve(), root.resolve() / "logs"
        self._web, self._workers = WEB_PROCESSES | dict(web or {}), dict(workers or {})
        self._gateway_processes = gateway_processes
        self._environment = dict(environment or {})
        self._releases = {} if releases is None else releases
        self._report = report
        self._supervisor = Supervisor(report)
        self._make_folders()
        self._certificates = self._make_certificates() if tls else None
        ports = self._ports
        self._hosts, self._address = hosts, hosts[0].machine if hosts else LOOPBACK
        places = [host.address for host in hosts] or [LOOPBACK]
        self._addresses = [Addresses(ports, port, gateways, place) for place in places]
        # By this name our processes know each other, and nobody takes another platform's for them.
        self._name = secrets.token_hex(8)
        self.urls = [f"http://{address}" for addresses in self._addresses for address in addresses.gateways]
        scheme = "https" if tls else "http"
        self.service_urls = {name: f"{scheme}://{address}" for name, address in self._addresses[0].services.items()}
        self.credentials: Credentials = kept_credentials(self.root / "credentials.json", self.url)
        kept_signing_keys(self.root / SIGNING_KEYS, self.root / JWKS)
        kept_secret((self.root / AUDIT_KEYS).parent, AUDIT_KEYS.name)
        self._archive = self.root / archive if archive and not database_url else None
        self._admin_url = database_url
        self._postgres = None if database_url else self._own_postgres(postgres_settings, postgres)
        broker_certificate = self._certificates / "rabbitmq" if self._certificates else None
        self.broker = choose_broker(broker_url, self.root, ports, broker_certificate, self._address)
        if tls and not self.broker.url.startswith("amqps:"):
            raise CannotStart(f"TLS is asked for, and the broker has none: {self.broker.why}.")
        if hosts and self.broker.is_in_process:
            raise CannotStart("Without a broker all services share one process, which cannot be on several hosts.")
        self._templates = [] if self.broker.is_in_process else [Template() for _ in places]

    @property
    def url(self) -> str:
        """Address of the first gateway."""
        return self.urls[0]

    @property
    def admin_url(self) -> str:
        """URL of the database superuser, in the form that psycopg takes."""
        return self._postgres.admin_url if self._postgres else self._admin_url

    @property
    def database_urls(self) -> Mapping[str, str]:
        """By service, the URL of the role it works as; once started."""
        return {service: urls.running for service, urls in self._parts.database_urls.items()}

    def worker_address(self, name: str) -> str:
        """Where a worker, such as `lending-worker`, answers about its health; host:port."""
        return self._addresses[0].worker(name)

    @property
    def metrics_addresses(self) -> Mapping[str, str]:
        """By process, where it answers `/metrics`; host:port."""
        ours = {command.name: command.address for command in self._commands()}
        gateways = [name for name in ours if name.startswith("gateway")]
        metrics = [address for addresses in self._addresses for address in addresses.metrics_of_gateways]
        return ours | dict(zip(gateways, metrics, strict=False))

    @property
    def seed_environment(self) -> Mapping[str, str]:
        """The environment of `python -m deploy.seed`; once started."""
        return self._parts.of_owners()

    @property
    def names(self) -> list[str]:
        """The processes that are running, in the order they were started."""
        return self._supervisor.names()

    @property
    def failures(self) -> dict[str, str]:
        """By process, why it cannot be started just now; it is tried again."""
        return self._supervisor.failures()

    def pid(self, name: str) -> int:
        """The process id of a process, which is also that of its process group."""
        return self._supervisor.process(name).pid

    def start(self) -> None:
        """Start everything and return when all of it is ready. Raises CannotStart."""
        unsigned = may_hold_unsigned(self.root, self.broker)
        # The broker takes longest, and nothing but the end has to wait for it.
        self._supervisor.start(*self.broker.commands)
        self._supervisor.start(*self._template_processes())
        if self._postgres:
            self._start(self._postgres)
        self._parts_of_hosts = [*self._make_parts()]
        self._parts = self._parts_of_hosts[0]
        if self._templates:
            self._supervisor.wait_until_ready(*(command.name for command in self._template_processes()))
        self.migrate()
        if self._postgres:
            self._settle_return(self._postgres)
        if unsigned:
            self._sign_what_waits()
        self._supervisor.start(*self._commands())
        self._supervisor.wait_until_ready()
        self._leave_state()

    def _start(self, postgres: Postgres) -> None:
        if not postgres.is_made:
            self._report("Making the files of PostgreSQL ...")
        postgres.prepare()
        self._supervisor.start(postgres.command())
        self._supervisor.wait_until_ready("postgres")

    def _settle_return(self, postgres: Postgres) -> None:
        try:
            settle_return(postgres.data, self.admin_url, self._parts.for_operators(), self._report)
        except CannotSettle as error:
            raise CannotStart(str(error)) from error

    def check(self) -> None:
        """Raises CannotStart when what ends would no longer be started again."""
        self._supervisor.check()

    def wait_until_ready(self, *, seconds: float = 60) -> None:
        """Return when every part works, for example again. Raises CannotStart."""
        self._supervisor.wait_until_ready(seconds=seconds, patient=True)

    def stop(self) -> None:
        """End every process in good order: who asks first, who answers last."""
        gateways = [name for name in self.names if name.startswith("gateway")]
        ours = [name for name in self.names if "-web" in name or "-worker" in name]
        self._supervisor.end(*gateways)
        self._supervisor.end(*ours)
        self._supervisor.close()
        self._ports.release()
        forget_state(self.root)

    def remove(self) -> None:
        """Delete all data, backups, logs and secrets; only when nothing runs."""
        for name in ("postgres", ARCHIVE):
            remove_cluster(self.root / name)
        shutil.rmtree(self.root)

    def kill(self, name: str, number: Signals = signal.SIGKILL) -> None:
        """Send a signal to a process and all it has started; SIGSTOP and SIGCONT freeze and thaw it."""
        self._supervisor.process(name).send(number)

    def reload(self, name: str) -> None:
        """Let a web process or a gateway replace its workers, while its port stays open and nobody is hung up on."""
        os.kill(self.pid(name), signal.SIGHUP)

    def restart(self, name: str) -> None:
        """End a process in good order and start it again."""
        self._supervisor.restart(name)

    def replace(self, *names: str) -> None:
        """End processes in good order and start what they are now, one after the other."""
        self._supervisor.replace(*(command for command in self._commands() if command.name in names))

    def migrate(self) -> None:
        """Bring all schemas up to date. Raises CannotStart."""
        run_to_end(self._parts.migration(), self._report)

    def restart_apart(self, name: str, environment: Mapping[str, str]) -> None:
        """Replace a process by one that is no copy of the template, with more in its environment; such as a library
        that is loaded before all others."""
        command = self._supervisor.process(name).command
        more = {**command.environment, **environment}
        self._supervisor.replace(replace(command, environment=more, template=None))

    def scale(self, part: str, count: int) -> None:
        """Let a part have so many processes from now on: a service, which means its workers, as does `lending-worker`;
        `lending-web` or `gateway`, whose processes share one port and are replaced when their number changes.

        Raises CannotStart when there is no such part, or it cannot have so few.
        """
        if self.broker.is_in_process:
            raise CannotStart("Without a broker all services share one process, and nothing can be scaled.")
        if self._hosts:
            raise CannotStart("What runs on several hosts is not scaled.")
        check_scale(part, count)
        service, _, role = part.partition("-")
        if part == GATEWAY:
            if count != self._gateway_processes:
                self._gateway_processes = count
                self._supervisor.replace(*self._parts.gateways(count))
        elif role == "web":
            if count != self._web.get(service, 1):
                self._web[service] = count
                self._supervisor.replace(self._parts.web(service, count))
        else:
            self._scale_workers(service, count)
        self._leave_state()

    def _scale_workers(self, service: str, count: int) -> None:
        workers = {command.name: command for command in self._parts.workers(service, count)}
        running = {name for name in self.names if name.startswith(f"{service}-worker")}
        self._supervisor.end(*(running - workers.keys()))
        self._supervisor.start(*(workers[name] for name in workers.keys() - running))

    def _sign_what_waits(self) -> None:
        self._report("Signing the events of the release before that wait on the broker ...")
        if self.broker.commands:
            self._supervisor.wait_until_ready("rabbitmq")
        sign_unsigned(self.root, self.broker, self._secret("events"))

    def _leave_state(self) -> None:
        """Say in a file what runs where, for the commands that work on it."""
        commands = [self._supervisor.process(name).command for name in self.names]
        parts = {command.name: command.address for command in commands if command.address}
        # Their workers tell of themselves at the address of their web side.
        for service in BOTH:
            if f"{service}-web" in parts:
                parts.setdefault(f"{service}-worker", parts[f"{service}-web"])
        environment = self._parts.for_operators()
        State(self.url, self.broker.why, parts, environment, self.admin_url, self.broker.node).write(self.root)

    def _make_folders(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        for name in ("logs", "secrets"):
            (self.root / name).mkdir(mode=0o700, exist_ok=True)

    def _own_postgres(self, settings: Mapping[str, str] | None, installed: Path | None) -> Postgres:
        return Postgres(
            self.root / "postgres",
            self._secret("postgres"),
            self._ports.take(),
            log=self.logs / "postgres.log",
            settings=settings,
            archive=self._archive,
            installed=installed,
            certificate=self._certificates / "postgres" if self._certificates and installed else None,
            address=self._address,
        )

    def _make_certificates(self) -> Path:
        folder = self.root / CERTIFICATES
        if not hold_on(folder, now()):
            try:
                certify(folder, {})
            except CannotCertify as error:
                raise CannotStart(str(error)) from error
        trust(str(folder / AUTHORITY_FOLDER / AUTHORITY))
        return folder

    def _secret(self, name: str) -> str:
        return kept_secret(self.root / "secrets", name)

    def _passwords(self, service: str) -> Passwords:
        return Passwords(self._secret(service), self._secret(owner_of(service)))

    def _make_parts(self) -> Iterator[Parts]:
        database_urls = provision(self.admin_url, {service: self._passwords(service) for service in SERVICES})
        for number, addresses in enumerate(self._addresses):
            yield Parts(
                root=self.root,
                addresses=addresses,
                broker=self.broker,
                admin_url=self.admin_url,
                database_urls=database_urls,
                credentials=self.credentials,
                internal_secret=self._secret("internal"),
                event_keys=event_keys(self._secret("events")),
                name=self._name,
                more=self._environment,
                template=self._templates[number] if self._templates else None,
                archive=self._archive,
                certificates=self._certificates,
                releases=self._releases,
                host=number,
            )

    def _template_processes(self) -> Iterator[Command]:
        for number, template in enumerate(self._templates):
            command = template_process(template, self.logs, self._environment, number)
            # Its copies, which all parts are, run where it does.
            yield self._hosts[number].inside(command) if self._hosts else command

    def _commands(self) -> Iterator[Command]:
        yield from self._parts.backups()
        if self.broker.is_in_process:
            yield self._parts.all_in_one()
            return
        for parts in self._parts_of_hosts:
            for service in SERVICES:
                yield parts.web(service, self._web.get(service, 1))
                yield from parts.workers(service, self._workers.get(service, 0 if service in BOTH else 1))
            yield from parts.gateways(self._gateway_processes)


@contextmanager
def temporary_platform(**options: Any) -> Iterator[Platform]:
    """A private platform on free ports, for tests and measurements; takes what Platform takes, and makes no backups of
    its database unless it is given an `archive`."""
    root = Path(tempfile.mkdtemp(prefix="millenium-potters-"))
    # So that the unprivileged user who runs PostgreSQL for root gets to its own folder in it.
    root.chmod(0o711)
    # A node of its own where there can be one, so that it may be killed and nobody else's queues are in it.
    options.setdefault("report", say_nothing)
    # A base backup at every start takes as long as many a test.
    options.setdefault("archive", None)
    options.setdefault("broker_url", None if rabbitmq.is_installed() else os.environ.get("BROKER_URL"))
    platform = Platform(root, **options)
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()
        platform.remove()
