"""The statements a service really sends for a request, read from the log of PostgreSQL."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from signal import SIGCONT, SIGSTOP

import psycopg

from bench.driver import Load, drive
from bench.operations import Operation, direct
from deploy.local.platform import Platform

REQUESTS = 60

_ENTRY = re.compile(r"^(\w*)\|(LOG|DETAIL):  (.*?)(?=^\w*\|[A-Z]+:  |\Z)", re.MULTILINE | re.DOTALL)
_STATEMENT = re.compile(r"duration: [\d.]+ ms  (?:statement|execute [^:]+): (.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$(\d+) = (?:(NULL)|'((?:[^']|'')*)')", re.DOTALL)


class NoLimit(Exception):
    """The statements of an operation could not be captured, or not be run without the service."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as sent, and the text of each parameter by its number; None is NULL."""

    text: str
    parameters: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Captured:
    """The statements of one request that was sent at this time."""

    at: float
    statements: list[Statement]


def capture(platform: Platform, operation: Operation) -> list[Captured]:
    """What some requests of an operation come down to. Raises NoLimit."""
    log, found = platform.logs / "postgres.log", []
    url = platform.service_urls[operation.service]
    with _alone(platform), _logging(platform):
        for request in operation.requests[:REQUESTS]:
            begins, at = log.stat().st_size, time.time()
            answers = drive(Load([url], 1, [direct(request)], 60, at_most=1)).total
            if not answers.count:
                raise NoLimit(f"A request was answered {list(answers.statuses)}.")
            with log.open("rb") as file:
                file.seek(begins)
                found.append(Captured(at, statements_in(file.read().decode(), operation.service)))
    return found


def statements_in(log: str, role: str) -> list[Statement]:
    """The statements of a role in their order, each with its parameters."""
    found: list[Statement] = []
    takes_parameters = False
    for user, kind, text in _ENTRY.findall(log):
        if user != role:
            continue
        if kind == "DETAIL" and takes_parameters:
            for number, null, content in _PARAMETER.findall(text):
                found[-1].parameters[number] = None if null else content.replace("''", "'")
        statement = _STATEMENT.match(text)
        takes_parameters = statement is not None
        if statement:
            found.append(Statement(statement[1].strip()))
    return found


@contextmanager
def _alone(platform: Platform) -> Iterator[None]:
    """Freeze the workers, so that nobody else sends statements."""
    workers = [name for name in platform.names if "-worker" in name]
    for name in workers:
        platform.kill(name, SIGSTOP)
    try:
        yield
    finally:
        for name in workers:
            platform.kill(name, SIGCONT)


@contextmanager
def _logging(platform: Platform) -> Iterator[None]:
    """Have PostgreSQL log every statement with its parameters."""
    with psycopg.connect(platform.admin_url, autocommit=True) as server:
        server.execute("ALTER SYSTEM SET log_line_prefix = '%u|'")
        server.execute("ALTER SYSTEM SET log_min_duration_statement = 0")
        _reload(server)
        try:
            yield
        finally:
            server.execute("ALTER SYSTEM RESET ALL")
            _reload(server)


def _reload(server: psycopg.Connection) -> None:
    server.execute("SELECT pg_reload_conf()")
    # Each backend takes the new settings up before its next statement, once it has had the signal.
    time.sleep(0.2)
