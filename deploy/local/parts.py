"""The processes of our own code: what each is called, what it runs, in which environment, and when it is ready."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from deploy.broker.definitions import FORWARDER
from deploy.broker.keys import GATEWAY
from deploy.certificates import AUTHORITY, AUTHORITY_FOLDER, CERTIFICATE, KEY
from deploy.database.provision import SERVICES, DatabaseUrls
from deploy.local.broker import Broker
from deploy.local.copies import Template
from deploy.local.credentials import Credentials
from deploy.local.folder import CODE
from deploy.local.ports import LOOPBACK, Ports
from deploy.local.process import Command, always
from shared import tls
from shared.health import PLATFORM_HEADER

# Below the folder that holds everything a platform keeps.
SIGNING_KEYS, JWKS = Path("secrets/signing-keys.json"), Path("run/jwks.json")
AUDIT_KEYS, ANCHORS = Path("secrets/audit-keys"), "audit-anchors"
DOCUMENTS, MAIL = "documents", "mail"
ARCHIVE = "archive"
_FIRST_SERVICE_PORT, _FIRST_WORKER_PORT, _BACKUPS_PORT, _FIRST_METRICS_PORT = 8101, 8111, 8121, 8131
_ASK_SECONDS = 5.0
_PYTHON = ".venv/bin/python"
# Services with so little to do that one process does it all, which saves 40 MB; more workers beside it can be had.
BOTH = ("notifications",)

# Otherwise each thread gets a heap of its own, and the processes together a fifth more memory.
_MEMORY = {"MALLOC_ARENA_MAX": "2"}


class Addresses:
    """Where the parts listen, all at one `address`. `port` is the first gateway's, and asks for the usual ports of the
    services too."""

    def __init__(self, ports: Ports, port: int, gateways: int, address: str = LOOPBACK) -> None:
        self._ports, self._address = ports, address
        first = [ports.take_exactly(port) if port else ports.take()]
        self.gateways = [f"{address}:{number}" for number in first + [ports.take() for _ in range(1, gateways)]]
        self.services = {
            service: f"{address}:{ports.take(_FIRST_SERVICE_PORT + index if port else 0)}"
            for index, service in enumerate(SERVICES)
        }
        self._workers = {
            f"{service}-worker": f"{address}:{ports.take(_FIRST_WORKER_PORT + index if port else 0)}"
            for index, service in enumerate(SERVICES)
        }

        self.backups = f"{address}:{ports.take(_BACKUPS_PORT if port else 0)}"
        self.metrics_of_gateways = [
            f"{address}:{ports.take(_FIRST_METRICS_PORT + index if port else 0)}" for index in range(gateways)
        ]

    def worker(self, name: str) -> str:
        """Where a worker answers about its health; it keeps its port, the first of a service has the usual one."""
        if name not in self._workers:
            self._workers[name] = f"{self._address}:{self._ports.take()}"
        return self._workers[name]


@dataclass(frozen=True, slots=True)
class Parts:
    """Makes the command of each process. `name` is the platform's; `more` is added to everybody's environment. They are
    copies of the `template` where there is one; what is in `releases` runs the code in that folder instead, with the
    packages in its .venv. With a folder of `certificates` the services are reached by TLS alone, and so are broker and
    database. Of several hosts, each of which has its own addresses and its own template, `host` is the number from 0;
    processes of the second are called `gateway-2`."""

    root: Path
    addresses: Addresses
    broker: Broker
    admin_url: str
    database_urls: Mapping[str, DatabaseUrls]
    credentials: Credentials
    internal_secret: str
    event_keys: Mapping[str, str]
    name: str
    more: Mapping[str, str]
    template: Template | None
    archive: Path | None
    certificates: Path | None
    releases: Mapping[str, Path]
    host: int = 0

    def migration(self) -> Command:
        """What brings all schemas up to date, and ends."""
        environment = self._of_all_services() | self.of_owners() | {"ADMIN_DATABASE_URL": self.admin_url}
        return self._command("migrate", "", environment, "deploy.database.migrate", template=self.template)

    def all_in_one(self) -> Command:
        """Everything in one process, for the bus without a broker."""
        gateway = self.addresses.gateways[0]
        environment = self._of_all_services() | self._of_workers() | self._of_gateway(gateway)
        is_ready = partial(_sees_all, gateway, self.name)
        return self._command("all-in-one", gateway, environment, "deploy.local.one_process", is_ready=is_ready)

    def web(self, service: str, count: int) -> Command:
        """The web side of a service with so many processes behind its port, and its worker where it is one of BOTH."""
        environment = self._of_service(service) | {f"{service.upper()}_WEB_WORKERS": str(count)}
        address = self._address(self.addresses.services[service])
        is_ready = partial(_is_well, address, self.name)
        role = "web-and-worker" if service in BOTH else "web"
        name, program = _numbered(f"{service}-web", self.host), f"services.{service}"
        return self._command(name, address, environment, program, role, is_ready=is_ready, template=self.template)

    def workers(self, service: str, count: int) -> Iterator[Command]:
        """So many workers of a service."""
        for index in range(count):
            name = _numbered(f"{service}-worker", self.host * count + index)
            bind = self.addresses.worker(name)
            environment = self._of_service(service) | {f"{service.upper()}_WORKER_BIND": bind}
            environment |= self._of_workers() if service == "reporting" else {}
            address = self._address(bind)
            is_ready = partial(_is_well, address, self.name)
            module = (f"services.{service}", "worker")
            yield self._command(name, address, environment, *module, is_ready=is_ready, template=self.template)

    def gateways(self, count: int) -> Iterator[Command]:
        """A gateway on each address, with so many processes behind it."""
        for index, bind in enumerate(self.addresses.gateways):
            name = _numbered("gateway", self.host * len(self.addresses.gateways) + index)
            metrics = self.addresses.metrics_of_gateways[index]
            environment = self._of_gateway(bind) | {"GATEWAY_WORKERS": str(count), "GATEWAY_METRICS_BIND": metrics}
            is_ready = partial(_sees_all, bind, self.name)
            yield self._command(name, bind, environment, "gateway", is_ready=is_ready, template=self.template)

    def backups(self) -> Iterator[Command]:
        """What makes base backups and watches over the archive, where there is one."""
        if self.archive:
            is_ready = partial(_is_well, self.addresses.backups, self.name)
            environment, module = self._of_backups(), ("deploy.backups", "run")
            address = self.addresses.backups
            yield self._command("backups", address, environment, *module, is_ready=is_ready, template=self.template)

    def for_operators(self) -> dict[str, str]:
        """The environment of a command of any service, and of those of backups."""
        operator = {"OPERATOR_BROKER_URL": self.broker.url} | self._of_backups()
        return {**self._of_everybody(), **self._of_all_services(), **self.of_owners(), **operator, **self.more}

    def _command(
        self,
        name: str,
        address: str,
        environment: Mapping[str, str],
        *module: str,
        is_ready: Callable[[], bool] = always,
        template: Template | None = None,
    ) -> Command:
        other = self.releases.get(name)
        return Command(
            name=name,
            address=address,
            argv=(str(other / _PYTHON) if other else sys.executable, "-m", *module),
            # Settings in the environment of who starts us count as well, such as LOG_LEVEL.
            environment={**os.environ, **_MEMORY, **self._of_everybody(), **environment, **self.more},
            log=self.root / "logs" / f"{name}.log",
            folder=other or CODE,
            is_ready=is_ready,
            template=None if other else template,
        )

    def _address(self, bind: str) -> str:
        """Where others find a part of a service: host:port, or a whole address where that is no plain HTTP."""
        return f"https://{bind}" if self.certificates else bind

    @property
    def _public_url(self) -> str:
        return f"http://localhost:{self.addresses.gateways[0].rpartition(':')[2]}"

    def _of_everybody(self) -> dict[str, str]:
        authority = {"TLS_CA": str(self.certificates / AUTHORITY_FOLDER / AUTHORITY)} if self.certificates else {}
        return authority | {
            "ENVIRONMENT": "development",
            "PLATFORM": self.name,
            "BUS_SUBSCRIBERS": ",".join(SERVICES),
            "JWKS_URL": (self.root / JWKS).as_uri(),
            "INTERNAL_SECRET": self.internal_secret,
            # By this name, for the web client shows pictures of no other address of this machine.
            "PUBLIC_URL": self._public_url,
            # The console is there, unless somebody has another client.
            "FRONTEND_URL": os.environ.get("FRONTEND_URL", self._public_url),
            "STORAGE_FOLDER": str(self.root / DOCUMENTS),
        }

    def of_owners(self) -> dict[str, str]:
        """What only those have who make tables or fill them in bulk."""
        owners = {f"{service.upper()}_OWNER_DATABASE_URL": urls.owner for service, urls in self.database_urls.items()}
        return owners | self._of_workers()

    def _of_workers(self) -> dict[str, str]:
        """What is needed to write the audit trail and to verify it."""
        return {
            "REPORTING_AUDIT_KEYS_FILE": str(self.root / AUDIT_KEYS),
            "REPORTING_AUDIT_ANCHOR_FILE": str(self.root / ANCHORS),
        }

    def _of_backups(self) -> dict[str, str]:
        return {
            "BACKUPS_ADMIN_DATABASE_URL": self.admin_url,
            "BACKUPS_ARCHIVE_FOLDER": str(self.archive or ""),
            "BACKUPS_BIND": self.addresses.backups,
            "BACKUPS_AUDIT_KEYS_FILE": str(self.root / AUDIT_KEYS),
            "BACKUPS_AUDIT_ANCHOR_FILE": str(self.root / ANCHORS),
        }

    def _of_all_services(self) -> dict[str, str]:
        return {name: value for service in SERVICES for name, value in self._of_service(service).items()}

    def _of_service(self, service: str) -> dict[str, str]:
        prefix = service.upper()
        environment = {
            f"{prefix}_DATABASE_URL": self.database_urls[service].running,
            f"{prefix}_BIND": self.addresses.services[service],
            f"{prefix}_BROKER_URL": self.broker.url_of(service),
            f"{prefix}_EVENT_KEYS": self.event_keys[service],
        }
        if self.certificates:
            environment |= {
                f"{prefix}_TLS_CERTIFICATE": str(self.certificates / service / CERTIFICATE),
                f"{prefix}_TLS_KEY": str(self.certificates / service / KEY),
            }
        if service == FORWARDER:
            environment |= {f"{prefix}_OUTSIDE_BROKER_URL": self.broker.forwarding_url}
        if service == "identity":
            environment |= {
                "IDENTITY_SIGNING_KEYS_FILE": str(self.root / SIGNING_KEYS),
                "IDENTITY_ADMIN_EMAIL": self.credentials.email,
                "IDENTITY_ADMIN_PASSWORD": self.credentials.password,
            }
        if service == "notifications":
            environment |= {"MAIL_FOLDER": str(self.root / MAIL)}
        return environment

    def _of_gateway(self, bind: str) -> dict[str, str]:
        addresses = {name: self._address(bind) for name, bind in self.addresses.services.items()}
        upstreams = {f"{name.upper()}_URL": url_of(address) for name, address in addresses.items()}
        return upstreams | {
            "GATEWAY_BIND": bind,
            "GATEWAY_BROKER_URL": self.broker.url_of(GATEWAY),
            "GATEWAY_EVENT_KEYS": self.event_keys[GATEWAY],
        }


def template_process(template: Template, logs: Path, more: Mapping[str, str], host: int = 0) -> Command:
    """What runs behind the template, of the first host or of another."""
    name = _numbered("template", host)
    return Command(
        name=name,
        argv=(sys.executable, "-m", "deploy.local.template"),
        environment={**os.environ, **_MEMORY, **more},
        log=logs / f"{name}.log",
        folder=CODE,
        is_ready=template.is_ready,
        new_input=template.new_input,
    )


def _numbered(name: str, index: int) -> str:
    return name if index == 0 else f"{name}-{index + 1}"


def url_of(address: str) -> str:
    """The URL of an address, which is host:port where it is plain HTTP."""
    return address if "://" in address else f"http://{address}"


def _is_well(address: str, platform: str) -> bool:
    """Whether a process of this platform, and no other's, says at that address that it can work."""
    with suppress(OSError, HTTPException), tls.open_url(f"{url_of(address)}/health/ready", _ASK_SECONDS) as answer:
        return bool(answer.status == HTTPStatus.OK) and answer.headers[PLATFORM_HEADER] == platform
    return False


def _sees_all(gateway: str, platform: str) -> bool:
    """Whether a gateway of this platform works, and all services that it stands before."""
    with (
        suppress(OSError, HTTPException, ValueError),
        tls.open_url(f"http://{gateway}/health", _ASK_SECONDS) as answer,
    ):
        services = json.load(answer)["services"]
        return set(services.values()) == {"up"} and answer.headers[PLATFORM_HEADER] == platform
    return False
