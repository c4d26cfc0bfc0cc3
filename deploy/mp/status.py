"""`python -m deploy.mp.status NAME=HOST:PORT ...`: whether each part works, what waits, and which day is closed.

It asks the parts for their health, the databases for what waits in them and the broker for its queues, so it also tells
of a service whose worker is down. Exits with 1 when a part does not work or a dead letter is there.
"""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from operator import itemgetter
from typing import Any
from urllib.error import HTTPError

import psycopg
from amqp.exceptions import AccessRefused
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from deploy.database.provision import SERVICES
from shared import tls
from shared.messaging import bus
from shared.postgres.urls import libpq_url
from shared.settings import BadSettings, read_settings

_SECONDS = 3.0
# Neither speaks HTTP; that they take connections is what can be asked without a password.
_PLAIN = ("postgres", "rabbitmq", "epmd")
_NOTHING = "-"

_WAITING = """
SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL),
       (SELECT extract(epoch FROM now() - min(created_at)) FROM outbox WHERE published_at IS NULL),
       (SELECT count(*) FROM deferred_event)
"""
_CLOSED = "SELECT max(day) FROM closed_days WHERE closed_at IS NOT NULL"

Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the databases and the broker are reached; made from the variables of the services themselves."""

    identity_database_url: str
    membership_database_url: str
    lending_database_url: str
    payments_database_url: str
    reporting_database_url: str
    notifications_database_url: str
    operator_broker_url: str
    tls_ca: str = ""

    def database_url(self, service: str) -> str:
        """In the form that psycopg takes."""
        url: str = getattr(self, f"{service}_database_url")
        return libpq_url(url)


@dataclass(frozen=True, slots=True)
class Part:
    """A process at an address, and what is known of it: "ready", "up", or what is wrong."""

    name: str
    address: str
    state: str

    @property
    def works(self) -> bool:
        return self.state in ("ready", "up")


def look_at(parts: Mapping[str, str]) -> list[Part]:
    """Ask every part at once; a name that stands for several machines is asked at each of them."""
    places = [(name, place) for name, address in parts.items() for place in _places(address)]
    with ThreadPoolExecutor(max(1, len(places))) as threads:
        return list(threads.map(_ask, places))


def _ask(place: tuple[str, str]) -> Part:
    name, address = place
    return Part(name, address, _state(name, address))


def _places(address: str) -> list[str]:
    if "://" in address:
        # A certificate is for the name, and not for the machines behind it.
        return [address]
    host, _, port = address.rpartition(":")
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_STREAM)}
    except OSError:
        return [address]
    return [address] if len(found) == 1 else sorted(f"{one}:{port}" for one in found)


def _state(name: str, address: str) -> str:
    ask = _plain if name in _PLAIN else _gateway if name.startswith(("gateway", "all-in-one")) else _service
    try:
        return ask(address)
    except (OSError, HTTPException, ValueError) as error:
        return f"down ({getattr(error, 'reason', error)})"


def _plain(address: str) -> str:
    host, _, port = address.rpartition(":")
    socket.create_connection((host, int(port)), timeout=_SECONDS).close()
    return "up"


def _open(address: str, path: str) -> AbstractContextManager[Any]:
    return tls.open_url(f"{address if '://' in address else f'http://{address}'}{path}", _SECONDS)


def _service(address: str) -> str:
    try:
        with _open(address, "/health/ready"):
            return "ready"
    except HTTPError as error:
        answer = json.load(error)
        return f"not ready ({answer.get('message') or answer.get('status') or error.code})"


def _gateway(address: str) -> str:
    try:
        with _open(address, "/health") as answer:
            services = json.load(answer)["services"]
    except HTTPError as error:
        services = json.load(error).get("services", {})
    down = sorted(name for name, state in services.items() if state != "up")
    return f"not ready (it sees no {', '.join(down)})" if down else "ready"


def waiting_in(url: str) -> Row:
    """What waits in the database of a service: events to publish, the age of the oldest, events that are deferred."""
    try:
        with psycopg.connect(url, connect_timeout=int(_SECONDS)) as database:
            row = database.execute(_WAITING).fetchone()
    except psycopg.Error as error:
        return (_first_line(error), _NOTHING, _NOTHING)
    outbox, age, deferred = row or (0, None, 0)
    return (str(outbox), _NOTHING if age is None else f"{age:.0f} s", str(deferred))


def queued(url: str) -> list[tuple[str, str]]:
    """By service, how many events are in its queue and how many dead letters there are."""
    if url.startswith("memory:"):
        return [(_NOTHING, _NOTHING)] * len(SERVICES)
    try:
        with bus.connect(url) as broker:
            dead = bus.dead_letter_queue
            return [(_depth(broker, f"mp.{name}"), _depth(broker, dead(name).name)) for name in SERVICES]
    except AccessRefused:
        return [("refused", _NOTHING)] * len(SERVICES)
    except (OSError, OperationalError):
        return [("no broker", _NOTHING)] * len(SERVICES)


def _depth(broker: Connection, queue: str) -> str:
    with broker.channel() as channel, suppress(*broker.channel_errors):
        return str(channel.queue_declare(queue, passive=True).message_count)
    return _NOTHING


def closed_day(url: str) -> str:
    """The last business date that is closed."""
    try:
        with psycopg.connect(url, connect_timeout=int(_SECONDS)) as database:
            row = database.execute(_CLOSED).fetchone()
    except psycopg.Error as error:
        return f"unknown ({_first_line(error)})"
    return str(row[0]) if row and row[0] else "none yet"


def _first_line(error: psycopg.Error) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def figures_of_workers(parts: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """By service, who relays its outbox, and the timer whose work ended well longest ago."""
    relays: dict[str, list[str]] = {service: [] for service in SERVICES}
    timers: dict[str, dict[str, float]] = {service: {} for service in SERVICES}
    workers = [(name, place) for name, address in parts.items() if "-worker" in name for place in _places(address)]
    for name, place in workers:
        for sample in _samples(place):
            service = sample.labels.get("service", "")
            if sample.name == "mp_relay_share" and sample.value and service in relays:
                relays[service].append(name)
            elif sample.name == "mp_timer_success_timestamp_seconds" and service in timers:
                timer = sample.labels["timer"]
                # Any worker may have done it.
                timers[service][timer] = max(sample.value, timers[service].get(timer, 0.0))
    return {service: (", ".join(relays[service]) or _NOTHING, _oldest(timers[service])) for service in SERVICES}


def _samples(address: str) -> list[Sample]:
    try:
        with _open(address, "/metrics") as answer:
            families = text_string_to_metric_families(answer.read().decode())
            return [sample for family in families for sample in family.samples]
    except (OSError, HTTPException, ValueError):
        return []


def age_of_backups(parts: Mapping[str, str]) -> str:
    """How old the newest base backup and the end of the archived log are, and what waits to be archived."""
    if "backups" not in parts:
        return "none are made"
    samples = [sample for place in _places(parts["backups"]) for sample in _samples(place)]
    values = {sample.name: sample.value for sample in samples}
    base = max((one.value for one in samples if one.name == "mp_base_backup_timestamp_seconds"), default=0)
    log, waiting = (values.get(f"mp_archive_{name}", 0) for name in ("last_wal_timestamp_seconds", "waiting_files"))
    rehearsed, faults = values.get("mp_rehearsal_timestamp_seconds", 0), values.get("mp_rehearsal_faults", 0)
    return (
        f"the newest is {_ago(base)}, the log is archived up to {_ago(log)} with {waiting:.0f} files waiting, "
        f"a restore was rehearsed {_ago(rehearsed)}" + (f" (now {faults:.0f} faults)" if faults else "")
    )


def _ago(at: float) -> str:
    if not at:
        return "never"
    seconds = max(0, int(time.time() - at))
    unit, name = next((one for one in ((86400, "d"), (3600, "h"), (60, "min")) if seconds >= 2 * one[0]), (1, "s"))
    return f"{seconds // unit} {name} ago"


def _oldest(timers: Mapping[str, float]) -> str:
    if not timers:
        return _NOTHING
    name, at = min(timers.items(), key=itemgetter(1))
    return f"{name}, never" if not at else f"{name}, {time.time() - at:.0f} s ago"


def table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a table whose columns are as wide as what is in them."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def report(parts: Mapping[str, str], access: Access, say: Callable[[str], None]) -> bool:
    """Tell how the platform is; returns whether every part works and no dead letter waits."""
    found = look_at(parts)
    for line in table(("PART", "ADDRESS", "STATE"), [(part.name, part.address, part.state) for part in found]):
        say(line)
    depths = dict(zip(SERVICES, queued(access.operator_broker_url), strict=True))
    figures = figures_of_workers(parts)
    rows = [
        (service, *waiting_in(access.database_url(service)), *depths[service], *figures[service])
        for service in SERVICES
    ]
    say("")
    for line in table(
        ("SERVICE", "TO PUBLISH", "OLDEST", "DEFERRED", "QUEUED", "DEAD LETTERS", "RELAY", "OLDEST TIMER"), rows
    ):
        say(line)
    say("")
    say(f"Last closed business date: {closed_day(access.database_url('payments'))}")
    say(f"Backups: {age_of_backups(parts)}")
    is_clean = all(dead in ("0", _NOTHING) for _, dead in depths.values())
    return is_clean and all(part.works for part in found)


def main() -> None:
    # Who reads only the first lines is no error.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    parts = dict(argument.split("=", 1) for argument in sys.argv[1:])
    try:
        access = read_settings(Access, os.environ, prefix="STATUS")
    except BadSettings as error:
        sys.exit(f"status: {error}")
    tls.trust(access.tls_ca)
    sys.exit(0 if report(parts, access, print) else 1)


if __name__ == "__main__":
    main()
