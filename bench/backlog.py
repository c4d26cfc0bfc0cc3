"""When the platform has done all that a load left behind: events relayed and handled, mails written."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import product

import psycopg
from psycopg import sql

from bench.processes import cpu_seconds, used_between
from deploy.local.platform import Platform
from shared.messaging.consumer import LEISURE_SECONDS

_PATIENCE, _ASK_SECONDS = 120.0, 0.1
# Twice as long as a consumer gathers events that nobody waits for, which it does without any work.
_LOOK_SECONDS = 2 * LEISURE_SECONDS
# Of one core, by all workers together, above what they take when idle.
_AT_REST = 0.05

_SCHEMAS = "SELECT table_schema FROM information_schema.tables WHERE table_name = %s ORDER BY table_schema"
_UNPUBLISHED = sql.SQL("SELECT count(*) FROM {}.outbox WHERE published_at IS NULL")
_LAST = sql.SQL("SELECT coalesce(max(seq), 0) FROM {}.outbox")
# Of the newest, which are handled last.
_UNHANDLED = sql.SQL("""
SELECT count(*) FROM (SELECT id FROM {}.outbox WHERE seq > %s AND type = ANY(%s) ORDER BY seq DESC LIMIT 1000)
    AS published WHERE NOT EXISTS (SELECT FROM {}.inbox WHERE event_id = published.id)
""")
_DUE_MAILS = sql.SQL("SELECT count(*) FROM {}.mail WHERE status = 'PENDING' AND next_try_at <= now()")
# Those that a mailer has in hand are left to it: two who wait for each other's rows would end in a deadlock.
_DROP_UNSENT = sql.SQL("""
DELETE FROM {schema}.mail
 WHERE id IN (SELECT id FROM {schema}.mail WHERE status = 'PENDING' FOR UPDATE SKIP LOCKED)
""")


class NeverSettled(Exception):
    """The platform was still at work when nobody had asked for anything for a long time."""


class Settling:
    """Watches all outboxes and mails over a connection of the superuser, and the CPU time of the workers."""

    def __init__(self, platform: Platform, database: psycopg.Connection, idle_cpu: Mapping[str, float]) -> None:
        self._platform, self._database = platform, database
        self._idle = sum(share for name, share in idle_cpu.items() if _is_worker(name))
        self._outboxes, self._mails = self._schemas("outbox"), self._schemas("mail")
        self._followed = {follower: _followed_by(follower) for follower in self._schemas("inbox")}
        # What was published before, by the seed for one, is in no inbox.
        self._last = {source: self._count(_LAST, [source]) for source in self._outboxes}

    def wait(self) -> float:
        """Return when all is done that was left behind, with the seconds it took. Raises NeverSettled.

        That is when nothing waits, every event is in the inbox of all who follow it, and the workers, who do more than
        that, have been at rest for a while.
        """
        started = time.monotonic()
        while self._waiting() or not self._is_at_rest() or self._unhandled() or self._waiting():
            if time.monotonic() > started + _PATIENCE:
                waiting = self._waiting() + self._unhandled()
                raise NeverSettled(f"{waiting} events and mails still wait after {_PATIENCE:.0f} s.")
            # Asking takes from the machine what the platform is to have.
            time.sleep(_ASK_SECONDS)
        return time.monotonic() - started

    def wait_without_mails(self) -> float:
        """The seconds until all is done but the mails, which are written at leisure, for minutes, and are dropped.

        Raises NeverSettled.
        """
        for schema in self._mails:
            self._database.execute(_DROP_UNSENT.format(schema=sql.Identifier(schema)))
        seconds = self.wait()
        for schema in self._mails:
            self._database.execute(_DROP_UNSENT.format(schema=sql.Identifier(schema)))
        return seconds

    def _waiting(self) -> int:
        unpublished = sum(self._count(_UNPUBLISHED, [schema]) for schema in self._outboxes)
        return unpublished + sum(self._count(_DUE_MAILS, [schema]) for schema in self._mails)

    def _unhandled(self) -> int:
        """How many events are still on the bus or in the hands of a follower, counted once for each."""
        return sum(
            self._count(_UNHANDLED, [source, follower], self._last[source], types)
            for source, (follower, types) in product(self._outboxes, self._followed.items())
        )

    def _count(self, query: sql.SQL, schemas: Sequence[str], *parameters: object) -> int:
        row = self._database.execute(query.format(*map(sql.Identifier, schemas)), parameters).fetchone()
        return int(row[0]) if row else 0

    def _is_at_rest(self) -> bool:
        before, started = cpu_seconds(self._platform), time.monotonic()
        # Waits for nothing to happen, so there is no event to wait for.
        time.sleep(_LOOK_SECONDS)
        used = used_between(before, cpu_seconds(self._platform))
        share = sum(seconds for name, seconds in used.items() if _is_worker(name)) / (time.monotonic() - started)
        return share <= self._idle + _AT_REST

    def _schemas(self, table: str) -> list[str]:
        return [row[0] for row in self._database.execute(_SCHEMAS, [table])]


def _followed_by(service: str) -> list[str]:
    """The types of events that a service follows."""
    return list(import_module(f"services.{service}.consumers").handlers.event_types)


def _is_worker(name: str) -> bool:
    return "-worker" in name


@contextmanager
def settling_of(platform: Platform, idle_cpu: Mapping[str, float]) -> Iterator[Settling]:
    """The settling of a platform that takes such shares of a core, by process, when nobody asks for anything."""
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        yield Settling(platform, database, idle_cpu)
