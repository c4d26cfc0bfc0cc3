"""Putting schemas of a running platform back to how they were, and what is compared before and after."""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psycopg
import pytest
from psycopg import sql

from deploy.database.provision import SERVICES
from deploy.local.folder import CODE
from deploy.local.platform import Platform
from deploy.local.state import read_state
from shared.messaging import bus
from shared.testing import eventually
from tests.client import Person
from tests.institution import Team

_END = ".state.restated.v1"


def run(platform: Platform, service: str, *arguments: str) -> str:
    """What a command of a service prints; fails the test when it fails."""
    state = read_state(platform.root)
    assert state is not None
    command = [sys.executable, "-m", f"services.{service}", *arguments]
    environment = {**os.environ, **state.environment}
    done = subprocess.run(command, cwd=CODE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def unsettled(platform: Platform) -> dict[str, dict[str, Any]]:
    """What was published and not handled, by service and by where it is; what was restored is published when all have
    loaded it."""
    places = {
        "outbox": "SELECT array_agg(DISTINCT type) FROM {}.outbox WHERE published_at IS NULL",
        "to publish anew": "SELECT array_agg(kind) FROM {}.restatement WHERE done_at IS NULL",
        "deferred": "SELECT array_agg(DISTINCT error) FROM {}.deferred_event",
        "restored": "SELECT array_agg(step) FROM {}.restore_tasks",
    }
    found: dict[str, dict[str, Any]] = {}
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        for service in SERVICES:
            by_place: dict[str, Any] = {"queue": _depth(platform, f"mp.{service}")}
            for place, query in places.items():
                row = database.execute(sql.SQL(query).format(sql.Identifier(service))).fetchone()
                by_place[place] = row and row[0]
            by_place["in a worker"] = _ends_in_hand(platform, database, service)
            if any(by_place.values()):
                found[service] = {place: waiting for place, waiting in by_place.items() if waiting}
    return found


def _ends_in_hand(platform: Platform, database: psycopg.Connection[Any], follower: str) -> list[str]:
    """The owners who have published all of their epoch, of which this follower has not handled the end: a worker may
    have taken it from the queue together with what comes before it."""
    query = """
        SELECT count(*) FROM {0}.outbox WHERE type = %(end)s AND NOT EXISTS (
            SELECT FROM {1}.inbox WHERE event_id = outbox.id)
           AND (body::json -> 'data' ->> 'epoch')::int = (SELECT max(number) FROM {0}.epoch WHERE source = %(owner)s)
    """
    waiting = []
    for owner in _followed_to_the_end(platform.url, follower):
        names = sql.SQL(query).format(sql.Identifier(owner), sql.Identifier(follower))
        row = database.execute(names, {"end": f"{owner}{_END}", "owner": owner}).fetchone()
        if row and row[0]:
            waiting.append(owner)
    return waiting


@cache
def _followed_to_the_end(url: str, follower: str) -> list[str]:
    """The owners whose end of what they publish anew a service follows."""
    with urlopen(f"{url}/api/docs/asyncapi.json", timeout=10) as answer:
        operations = json.load(answer)["operations"]
    prefix = f"{follower}: receive "
    followed = [name.removeprefix(prefix) for name in operations if name.startswith(prefix)]
    return [name.removesuffix(_END) for name in followed if name.endswith(_END)]


def _depth(platform: Platform, queue: str) -> int:
    with bus.connect(platform.broker.url) as broker:
        return bus.depth(broker, queue) or 0


def dead_letters(platform: Platform) -> dict[str, int]:
    """How many dead letters each service has."""
    return {service: _depth(platform, f"mp.{service}.dead") for service in SERVICES}


class Saved:
    """The rows of a schema, kept in the database beside it; but for what never goes back."""

    _STAYS = (
        "alembic_version",
        "audit_entries",
        "audit_links",
        "audit_chain",
        "audit_intake",
        "audit_counts",
        "audit_redactions",
    )

    def __init__(self, platform: Platform, schema: str) -> None:
        self._url, self._schema, self._kept = platform.admin_url, schema, f"kept_{schema}"
        with self._connect() as database:
            database.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self._kept)))
            for table in self._tables(database):
                statement = sql.SQL("CREATE TABLE {} AS TABLE {}")
                database.execute(statement.format(self._in(self._kept, table), self._in(self._schema, table)))

    def put_back(self) -> None:
        """Make the rows of the schema those that were kept, triggers and checks aside, as a restored dump has them."""
        with self._connect() as database, database.transaction():
            database.execute("SET session_replication_role = replica")
            tables = self._tables(database)
            listed = sql.SQL(", ").join(self._in(self._schema, table) for table in tables)
            database.execute(sql.SQL("TRUNCATE {}").format(listed))
            for table in tables:
                columns = sql.SQL(", ").join(map(sql.Identifier, self._columns(database, table)))
                statement = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}")
                kept, target = self._in(self._kept, table), self._in(self._schema, table)
                database.execute(statement.format(target, columns, columns, kept))

    def forget(self) -> None:
        with self._connect() as database:
            database.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(self._kept)))

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url, dbname="mp", autocommit=True)

    def _tables(self, database: psycopg.Connection[Any]) -> list[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> ALL(%s) ORDER BY tablename"
        return [name for (name,) in database.execute(query, (self._schema, list(self._STAYS)))]

    def _columns(self, database: psycopg.Connection[Any], table: str) -> list[str]:
        query = """
            SELECT column_name FROM information_schema.columns
             WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
        """
        return [name for (name,) in database.execute(query, (self._schema, table))]

    @staticmethod
    def _in(schema: str, table: str) -> sql.Identifier:
        return sql.Identifier(schema, table)


@contextmanager
def nothing_published_anew_yet(platform: Platform, services: Collection[str]) -> Iterator[None]:
    """Keep these services, which may begin an epoch meanwhile, from publishing their state in it."""
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        for service in services:
            database.execute("SELECT pg_advisory_lock(hashtext('restatement of ' || %s))", (service,))
        yield


def epochs_of(platform: Platform, services: Collection[str]) -> dict[str, int]:
    """The epoch in which each of these services publishes."""
    with psycopg.connect(platform.admin_url, dbname="mp") as database:
        query = "SELECT coalesce(max(number), 0) FROM {}.epoch WHERE source = %s"
        found = {
            name: database.execute(sql.SQL(query).format(sql.Identifier(name)), (name,)).fetchone() for name in services
        }
    return {name: row[0] for name, row in found.items() if row}


def empty(platform: Platform, schema: str, tables: Collection[str]) -> None:
    """Empty tables of a service that follows others, together with its inbox."""
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        listed = sql.SQL(", ").join(sql.Identifier(schema, table) for table in (*tables, "inbox"))
        database.execute(sql.SQL("TRUNCATE {}").format(listed))


def wait_until_settled(platform: Platform, seconds: float = 120) -> None:
    waiting: dict[str, Any] = {}

    def is_settled() -> bool:
        nonlocal waiting
        try:
            waiting = unsettled(platform)
        except (psycopg.OperationalError, URLError) as error:
            waiting = {"database or gateway": error}
        return not waiting

    try:
        eventually(is_settled, seconds=seconds)
    except AssertionError:
        pytest.fail(f"It is not settled after {seconds} s: {waiting}")


def reads(team: Team, loans: Collection[str], members: Collection[str]) -> dict[str, Any]:
    """What people see of a team's work, by who asks and what for."""
    union = team.union["id"]
    of_all = [
        f"/unions/{union}", f"/unions/{union}/stats", "/unions", "/union-members", "/loans", "/loan-types",
        "/documents/types", "/repayments", "/schedules", "/supervisor-reports/dashboard",
    ]  # fmt: skip
    of_loan = ["/loans/{}", "/loans/{}/schedule", "/loans/{}/summary", "/loans/{}/charges", "/schedules/{}"]
    paths = [*of_all, *(path.format(loan) for loan in loans for path in of_loan)]
    paths += [f"/repayments?loanId={loan}" for loan in loans]
    paths += [path.format(member) for member in members for path in ("/union-members/{}", "/union-members/{}/loans")]
    return answers({"officer": team.officer, "supervisor": team.supervisor}, paths)


def answers(people: Mapping[str, Person], paths: Collection[str]) -> dict[str, Any]:
    """What each of the people gets at each of the paths: the status, and what lasts of the body."""
    seen = {}
    for name, person in people.items():
        for path in paths:
            answer = person.get(path)
            seen[f"{name} {path}"] = (answer.status, _lasting(answer.body))
    return seen


# Of this request alone; what a timer makes a minute later; and what the very reading changes.
_PASSING = frozenset({"timestamp", "generatedAt", "requestId", "onTimeRate", "lastActivityAt"})


def _lasting(body: Any) -> Any:
    """An answer without what another one a minute later would not have."""
    if isinstance(body, dict):
        return {name: _lasting(value) for name, value in body.items() if name not in _PASSING}
    return [_lasting(value) for value in body] if isinstance(body, list) else body


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Where two answers differ, leaf by leaf; none where they are the same."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = sorted({*before, *after})
        return [one for name in names for one in differences(before.get(name), after.get(name), f"{path}.{name}")]
    if isinstance(before, list | tuple) and isinstance(after, list | tuple) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [one for index, pair in pairs for one in differences(*pair, f"{path}[{index}]")]
    return [] if before == after else [f"{path}: {before!r} became {after!r}"]
