"""The whole platform on this machine: PostgreSQL, the broker, every service as web and worker, the gateways."""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from signal import Signals
from typing import Any

from deploy.backups.after_restore import CannotSettle, settle_return
from deploy.broker.keys import GATEWAY, event_keys
from deploy.broker.provision import sign_waiting
from deploy.database.provision import SERVICES, Passwords, owner_of, provision
from deploy.local import rabbitmq
from deploy.local.broker import choose_broker
from deploy.local.copies import Template
from deploy.local.credentials import Credentials, kept_credentials, kept_secret, kept_signing_keys
from deploy.local.errors import CannotStart
from deploy.local.parts import ARCHIVE, AUDIT_KEYS, BOTH, JWKS, SIGNING_KEYS, Addresses, Parts, template_process
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres, remove_cluster
from deploy.local.process import Command, run
from deploy.local.progress import Report, say, say_nothing
from deploy.local.state import State, forget_state
from deploy.local.supervisor import Supervisor, last_line

# These answer most requests, and a process of Python uses one core at a time. Payments is not among them: what one
# process of it records together costs less than what two do.
WEB_PROCESSES = dict.fromkeys(("membership", "lending"), min(2, os.cpu_count() or 1))
# What can have another number of processes; a service alone means its workers.
SCALABLE = (*SERVICES, *(f"{name}-{role}" for name in SERVICES for role in ("worker", "web")), GATEWAY)

# Below the folder of a platform; there when nothing on the broker is unsigned.
_SIGNED = Path("run/events-signed")


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
    `archive` is the folder, by default below `root`, that the log of the database and its base backups go to; None is
    none.
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
        report: Report = say,
    ) -> None:
        self._ports = Ports()
        self.root, self.logs = root.resolve(), root.resolve() / "logs"
        self._web, self._workers = WEB_PROCESSES | dict(web or {}), dict(workers or {})
        self._gateway_processes = gateway_processes
        self._environment = dict(environment or {})
        self._report = report
        self._supervisor = Supervisor(report)
        self._make_folders()
        ports = self._ports
        self._addresses = Addresses(ports, port, gateways)
        # By this name our processes know each other, and nobody takes another platform's for them.
        self._name = secrets.token_hex(8)
        self.urls = [f"http://{address}" for address in self._addresses.gateways]
        self.service_urls = {name: f"http://{address}" for name, address in self._addresses.services.items()}
        self.credentials: Credentials = kept_credentials(self.root / "credentials.json", self.url)
        kept_signing_keys(self.root / SIGNING_KEYS, self.root / JWKS)
        kept_secret((self.root / AUDIT_KEYS).parent, AUDIT_KEYS.name)
        postgres_log = self.logs / "postgres.log"
        self._archive = self.root / archive if archive else None
        self._postgres = Postgres(
            self.root / "postgres",
            self._secret("postgres"),
            ports.take(),
            log=postgres_log,
            settings=postgres_settings,
            archive=self._archive,
        )
        self.broker = choose_broker(broker_url, self.root, ports)
        self._template = None if self.broker.is_in_process else Template()

    @property
    def url(self) -> str:
        """Address of the first gateway."""
        return self.urls[0]

    @property
    def admin_url(self) -> str:
        """URL of the database superuser, in the form that psycopg takes."""
        return self._postgres.admin_url

    @property
    def database_urls(self) -> Mapping[str, str]:
        """By service, the URL of the role it works as; once started."""
        return {service: urls.running for service, urls in self._parts.database_urls.items()}

    def worker_address(self, name: str) -> str:
        """Where a worker, such as `lending-worker`, answers about its health; host:port."""
        return self._addresses.worker(name)

    @property
    def metrics_addresses(self) -> Mapping[str, str]:
        """By process, where it answers `/metrics`; host:port."""
        ours = {command.name: command.address for command in self._commands()}
        gateways = [name for name in ours if name.startswith("gateway")]
        return ours | dict(zip(gateways, self._addresses.metrics_of_gateways, strict=False))

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
        may_hold_unsigned = self._may_hold_unsigned()
        # The broker takes longest, and nothing but the end has to wait for it.
        self._supervisor.start(*self.broker.commands)
        if self._template:
            self._supervisor.start(template_process(self._template, self.logs, self._environment))
        if not self._postgres.is_made:
            self._report("Making the files of PostgreSQL ...")
        self._postgres.prepare()
        self._supervisor.start(self._postgres.command())
        self._supervisor.wait_until_ready("postgres")
        self._parts = self._make_parts()
        if self._template:
            self._supervisor.wait_until_ready("template")
        _run_to_end(self._parts.migration(), self._report)
        try:
            settle_return(self._postgres.data, self.admin_url, self._parts.for_operators(), self._report)
        except CannotSettle as error:
            raise CannotStart(str(error)) from error
        if may_hold_unsigned:
            self._sign_what_waits()
        self._supervisor.start(*self._commands())
        self._supervisor.wait_until_ready()
        self._leave_state()

    def check(self) -> None:
        """Raises CannotStart when what ends would no longer be started again."""
        self._supervisor.check()

    def wait_until_ready(self, *, seconds: float = 60) -> None:
        """Return when every part works, for example again. Raises CannotStart."""
        self._supervisor.wait_until_ready(seconds=seconds, patient=True)

    def stop(self) -> None:
        """End every process in good order: who asks first, who answers last."""
        gateways = [name for name in self.names if name.startswith("gateway")]
        ours = [name for name in self.names if name.endswith("-web") or "-worker" in name]
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

    def scale(self, part: str, count: int) -> None:
        """Let a part have so many processes from now on: a service, which means its workers, as does `lending-worker`;
        `lending-web` or `gateway`, whose processes share one port and are replaced when their number changes.

        Raises CannotStart when there is no such part, or it cannot have so few.
        """
        if self.broker.is_in_process:
            raise CannotStart("Without a broker all services share one process, and nothing can be scaled.")
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

    def _may_hold_unsigned(self) -> bool:
        """Whether the broker may hold events of a release that signed none; a node that begins anew holds nothing."""
        if self.broker.is_in_process or (self.root / _SIGNED).exists():
            return False
        if self.broker.commands and not (self.root / "rabbitmq" / "data").exists():
            (self.root / _SIGNED).touch()
            return False
        return True

    def _sign_what_waits(self) -> None:
        self._report("Signing the events of the release before that wait on the broker ...")
        if self.broker.commands:
            self._supervisor.wait_until_ready("rabbitmq")
        sign_waiting(self.broker.url, self._secret("events"))
        (self.root / _SIGNED).touch()

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

    def _secret(self, name: str) -> str:
        return kept_secret(self.root / "secrets", name)

    def _passwords(self, service: str) -> Passwords:
        return Passwords(self._secret(service), self._secret(owner_of(service)))

    def _make_parts(self) -> Parts:
        return Parts(
            root=self.root,
            addresses=self._addresses,
            broker=self.broker,
            admin_url=self.admin_url,
            database_urls=provision(self.admin_url, {service: self._passwords(service) for service in SERVICES}),
            credentials=self.credentials,
            internal_secret=self._secret("internal"),
            event_keys=event_keys(self._secret("events")),
            name=self._name,
            more=self._environment,
            template=self._template,
            archive=self._archive,
        )

    def _commands(self) -> Iterator[Command]:
        yield from self._parts.backups()
        if self.broker.is_in_process:
            yield self._parts.all_in_one()
            return
        for service in SERVICES:
            yield self._parts.web(service, self._web.get(service, 1))
            yield from self._parts.workers(service, self._workers.get(service, 0 if service in BOTH else 1))
        yield from self._parts.gateways(self._gateway_processes)


def check_scale(part: str, count: int) -> None:
    """Raises CannotStart when there is no such part, or it cannot have so few processes."""
    if part not in SCALABLE:
        raise CannotStart(f"SERVICE is one of {', '.join(SCALABLE)}.")
    if count < (least := 1 if part == GATEWAY or part.endswith("-web") else 0):
        raise CannotStart(f"N is a number from {least}.")


def _run_to_end(command: Command, report: Report) -> None:
    """Run what brings the schemas up to date; what it says of its progress is passed on."""
    before = command.log.stat().st_size if command.log.exists() else 0
    reader, writer = os.pipe()
    with open(reader) as lines, command.log.open("ab") as log:
        with open(writer, "wb") as output:
            migration = run(command, output, log)
        try:
            for line in lines:
                report(line.rstrip())
        finally:
            # Also when somebody wants us to end: the database must not end first.
            status = migration.wait()
    if status:
        raise CannotStart(f"A database schema could not be brought up to date: {last_line(command.log, before)}")


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
