"""How soon the others know: with little to do, right after a lot of it, and when they have been away."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from bench.driver import Load, drive, put_on
from bench.operations import Operation, direct
from deploy.local.platform import Platform

RECORDED, AUDITED = "payments.repayment.recorded.v1", "payments.audit.recorded.v1"
# Which of the events of payments each follower hears, beside the one that writes mails.
FOLLOWERS = {"lending": [RECORDED], "reporting": [RECORDED, AUDITED]}
_PROBES = 100
_PATIENCE = 60.0
# Counting what waits takes from the machine what the follower is to have; when each was handled stands in its inbox.
_LOOK_SECONDS = 0.5
# So few it looks at until they are handled, and only then at all others.
_NEWEST = 1000
_AWAY_SECONDS = 8.0

_LAST = "SELECT coalesce(max(seq), 0) FROM payments.outbox"
_UNPUBLISHED = "SELECT count(*) FROM payments.outbox WHERE published_at IS NULL"
_UNHANDLED = sql.SQL("""
SELECT count(*) FROM (SELECT id FROM payments.outbox WHERE seq > %s AND type = ANY(%s) ORDER BY seq DESC LIMIT %s)
    AS published WHERE NOT EXISTS (SELECT 1 FROM {}.inbox WHERE event_id = published.id)
""")
_PUBLISHED = "SELECT count(*) FROM payments.outbox WHERE seq > %s AND type = ANY(%s)"
_RELAYED = """
SELECT count(*), extract(epoch FROM max(published_at) - min(published_at)) FROM payments.outbox WHERE seq > %s
"""
# Of all but the last twentieth: the very last may wait for more to come that nobody is in a hurry for.
_HANDLED = sql.SQL("""
SELECT 0.95 * count(*), extract(epoch FROM percentile_disc(0.95) WITHIN GROUP (ORDER BY handled_at) - min(handled_at))
  FROM {}.inbox JOIN payments.outbox ON outbox.id = inbox.event_id WHERE outbox.seq > %s
""")
_DROP_UNSENT_MAILS = sql.SQL("DELETE FROM {}.mail WHERE status = 'PENDING'")
# From the beginning of the transaction that published the event, which is a little before its commit.
_DELAY = """
SELECT extract(epoch FROM clock_timestamp() - published.created_at)
  FROM (SELECT id, created_at FROM payments.outbox WHERE type = %s ORDER BY seq DESC LIMIT 1) AS published
 WHERE EXISTS (SELECT 1 FROM lending.inbox WHERE event_id = published.id)
   AND EXISTS (SELECT 1 FROM reporting.inbox WHERE event_id = published.id)
"""


class NeverCaughtUp(Exception):
    """The followers did not get there in time."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """How many events there were, and how many a second went onto the bus and through each follower."""

    events: int
    relayed_per_second: float
    handled_per_second: dict[str, float]


class Followers:
    """Watches the followers of payments from the database's side."""

    def __init__(self, platform: Platform, database: psycopg.Connection) -> None:
        self._platform, self._database = platform, database
        # Older code has no notifications, whose mails were identity's.
        self._mailer = "notifications" if "notifications" in platform.service_urls else "identity"
        self._followers = FOLLOWERS | {self._mailer: [RECORDED]}
        # What was published before, by the seed for one, is in no inbox.
        self._seeded = self._value(_LAST)

    def seconds_until_caught_up(self) -> float:
        """How long it takes from now on until all that was published is handled. Raises NeverCaughtUp."""
        started = time.monotonic()
        self._wait(lambda: not self._value(_UNPUBLISHED) and not any(map(self._waiting, self._followers)))
        return time.monotonic() - started

    def idle_delays(self, repayments: Operation) -> list[float]:
        """Seconds from a repayment until lending and reporting have it, one at a time. Raises NeverCaughtUp."""
        # Past the gateway, which would itself wait for the followers.
        url = self._platform.service_urls["payments"]
        delays = []
        for request in repayments.requests[:_PROBES]:
            drive(Load([url], 1, [direct(request)], _PATIENCE, at_most=1))
            delays.append(float(self._wait(lambda: self._value(_DELAY, RECORDED))))
        return delays

    def catch_up(self, repayments: Operation) -> CatchUp:
        """Take money while nothing is relayed or handled, then let first the relay and then each follower come back.

        Raises NeverCaughtUp.
        """
        before = self._value(_LAST)
        for service in ("payments", *self._followers):
            self._platform.scale(service, 0)
        url = self._platform.service_urls["payments"]
        requests = [direct(request) for request in repayments.requests]
        put_on(Load([url], 16, requests, _AWAY_SECONDS))
        self._platform.scale("payments", 1)
        self._wait(lambda: not self._value(_UNPUBLISHED))
        events, seconds = self._row(_RELAYED, before)
        handled = {}
        for service in self._followers:
            self._platform.scale(service, 1)
            handled[service] = self._rate_of_handling(service, before)
        # Those who paid are written to at leisure, for minutes, which would add to what is measured next.
        self._database.execute(_DROP_UNSENT_MAILS.format(sql.Identifier(self._mailer)))
        return CatchUp(events, events / float(seconds or 1), handled)

    def come_back(self, service: str, *, workers: int, events: int, payments: Operation) -> float:
        """Take money while a follower is away until it is behind by so many events, then let so many workers of it come
        back; returns how many events they handle a second. Raises NeverCaughtUp, Stalled."""
        before = self._value(_LAST)
        self._platform.scale(service, 0)
        url = self._platform.service_urls["payments"]
        requests = [direct(request) for request in payments.requests]
        while self._value(_PUBLISHED, before, self._followers[service]) < events:
            put_on(Load([url], 4, requests, _AWAY_SECONDS))
        self._wait(lambda: not self._value(_UNPUBLISHED), every=_LOOK_SECONDS)
        self._platform.scale(service, workers)
        return self._rate_of_handling(service, before)

    def _rate_of_handling(self, service: str, since: int) -> float:
        self._wait(lambda: not self._waiting(service), every=_LOOK_SECONDS)
        count, seconds = self._row(_HANDLED.format(sql.Identifier(service)), since)
        return float(count) / float(seconds or 1)

    def _waiting(self, service: str) -> int:
        """How many events are published and not handled, or how many of the newest, if there are such."""
        query, of = _UNHANDLED.format(sql.Identifier(service)), (self._seeded, self._followers[service])
        return int(self._row(query, *of, _NEWEST)[0] or self._row(query, *of, None)[0])

    def _value(self, query: str, *parameters: Any) -> Any:
        row = self._row(query, *parameters)
        return row[0] if row else None

    def _row(self, query: Any, *parameters: Any) -> Any:
        return self._database.execute(query, parameters).fetchone()

    def _wait(self, ask: Callable[[], Any], *, every: float = 0.001) -> Any:
        deadline = time.monotonic() + _PATIENCE
        while not (answer := ask()):
            if time.monotonic() > deadline:
                raise NeverCaughtUp(f"The followers are still behind after {_PATIENCE:.0f} s.")
            # A row that is written tells nobody, and a trigger that did would add to what is measured.
            time.sleep(every)
        return answer


@contextmanager
def followers_of(platform: Platform) -> Iterator[Followers]:
    """The followers of payments, and what is published from now on, watched over a connection of the superuser."""
    with psycopg.connect(platform.admin_url, dbname="mp", autocommit=True) as database:
        yield Followers(platform, database)
