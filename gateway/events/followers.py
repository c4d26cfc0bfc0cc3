"""Read your writes: which services follow an event, and the wait until they have applied it."""

import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from threading import Event, Lock
from typing import NamedTuple
from uuid import UUID

from shared.ids import age_seconds

GATEWAY = "gateway"
REVOKED = "identity.session.revoked.v1"
SETTINGS = "identity.settings.updated.v1"
REMEMBER_SECONDS = 60
REMEMBER_COUNT = 50_000


class PublishedEvent(NamedTuple):
    """An event as a service names it in its response: its type and its id (a uuid7)."""

    event_type: str
    event_id: str


class Expected(NamedTuple):
    """One follower applying one event."""

    service: str
    event_id: str


class _Applied(NamedTuple):
    at: float
    caused: Sequence[PublishedEvent]


class _Wait:
    """A request that waits. `missing` is empty once its events, and those that these caused in turn, are applied."""

    __slots__ = ("done", "missing")

    def __init__(self) -> None:
        self.missing: set[Expected] = set()
        self.done = Event()


class Followers:
    """Knows which service follows which event and which events each has applied, and lets requests wait for them.

    Each signal touches only the requests that wait for exactly that event and follower, so the cost of a write does
    not grow with the number of writes in flight.
    """

    def __init__(self) -> None:
        # The gateway itself follows these: see authority/sessions.py and authority/maintenance.py.
        self._receives: dict[str, frozenset[str]] = {GATEWAY: frozenset({REVOKED, SETTINGS})}
        self._followers: dict[str, tuple[str, ...]] = {REVOKED: (GATEWAY,), SETTINGS: (GATEWAY,)}
        self._applied: OrderedDict[Expected, _Applied] = OrderedDict()
        self._waits: dict[Expected, set[_Wait]] = {}
        self._feed_is_up = False
        self._lock = Lock()

    def learn(self, service: str, receives: Iterable[str]) -> None:
        """Replace the list of events that one service follows."""
        with self._lock:
            self._receives[service] = frozenset(receives)
            types = frozenset().union(*self._receives.values())
            self._followers = {
                event_type: tuple(name for name, follows in self._receives.items() if event_type in follows)
                for event_type in types
            }

    def feed_connected(self) -> None:
        """Signals arrive from now on, so that waiting makes sense."""
        self._feed_is_up = True

    def feed_lost(self) -> None:
        """No signals arrive, so nobody waits: neither present requests nor later ones."""
        with self._lock:
            self._feed_is_up = False
            for waits in self._waits.values():
                for wait in waits:
                    wait.done.set()

    def applied(self, service: str, event_id: str, caused: Sequence[PublishedEvent] = ()) -> None:
        """Record that a service has applied an event, and which events that caused in turn."""
        now = time.monotonic()
        expected = Expected(service, event_id)
        with self._lock:
            self._applied[expected] = _Applied(now, caused)
            self._forget(now)
            for wait in self._waits.pop(expected, ()):
                wait.missing.discard(expected)
                self._expect(wait, caused)
                if not wait.missing:
                    wait.done.set()

    def wait(self, events: Iterable[PublishedEvent], seconds: float) -> Collection[Expected]:
        """Wait until every follower has applied these events and all that they caused, at most `seconds`; returns what
        is still missing."""
        wait = _Wait()
        with self._lock:
            self._expect(wait, events)
        if wait.missing and self._feed_is_up:
            wait.done.wait(seconds)
        with self._lock:
            for expected in wait.missing:
                waits = self._waits.get(expected, set())
                waits.discard(wait)
                if not waits:
                    self._waits.pop(expected, None)
        return wait.missing

    def _expect(self, wait: _Wait, events: Iterable[PublishedEvent]) -> None:
        for event_type, event_id in events:
            for service in self._followers.get(event_type, ()):
                expected = Expected(service, event_id)
                applied = self._applied.get(expected)
                if applied is None:
                    wait.missing.add(expected)
                    self._waits.setdefault(expected, set()).add(wait)
                else:
                    self._expect(wait, applied.caused)

    def _forget(self, now: float) -> None:
        while self._applied:
            expected, oldest = next(iter(self._applied.items()))
            if len(self._applied) <= REMEMBER_COUNT and oldest.at > now - REMEMBER_SECONDS:
                return
            del self._applied[expected]


def published_events(header: str) -> list[PublishedEvent]:
    """The events named in an `X-Events` header, `<type>=<id>,<type>=<id>`, without those too old to be remembered: a
    response repeated for its idempotency key names the events of the first time."""
    pairs = (pair.strip().partition("=") for pair in header.split(",") if pair)
    return [PublishedEvent(event_type, event_id) for event_type, _, event_id in pairs if _is_recent(event_id)]


def _is_recent(event_id: str) -> bool:
    try:
        return age_seconds(UUID(event_id)) < REMEMBER_SECONDS
    except ValueError:
        return False
