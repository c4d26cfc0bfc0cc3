"""Who listens to what changes: open streams, and the greenlet that brings them the names of changes."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway.events.changes import Change, Scope, change_of, moves_scope
from gateway.events.followers import Followers, PublishedEvent
from gateway.responses.problems import Refusal, Unavailable
from shared.messaging import changes as named
from shared.telemetry import log

MOST_OF_PERSON = 3
MOST_STREAMS = 1000
# What one stream may have waiting; beyond it everything may have changed.
MOST_WAITING = 200
_ROUND_SECONDS = 1.0


class TooManyStreams(Unavailable):
    """As many streams are open here as this process holds; poll instead, or try again later."""

    of = "streams"


class Taken(NamedTuple):
    """What a stream has to say next: changes; whether anything may have changed beside them; and why it ends."""

    changes: Sequence[Change]
    anything: bool
    end: str


class Stream:
    """One open stream: what waits to be said on it. One greenlet takes, others offer."""

    def __init__(self, session_id: str, scope: Scope) -> None:
        self.session_id, self.scope = session_id, scope
        self._waiting: dict[Change, None] = {}
        self._anything, self._end = True, ""
        self._lock, self._has_something = threading.Lock(), threading.Event()
        self._has_something.set()

    @property
    def user_id(self) -> str:
        return self.scope.user_id

    def offer(self, changes: Iterable[Change], *, moves_scope: bool) -> None:
        """Keep what this person may hear of; all of it while that cannot be said."""
        with self._lock:
            self.scope.is_stale |= moves_scope
            for change in changes:
                if self.scope.is_stale or self.scope.has(change):
                    self._waiting[change] = None
            if len(self._waiting) > MOST_WAITING:
                self._waiting, self._anything = {}, True
            if self._waiting or self._anything or moves_scope:
                self._has_something.set()

    def miss(self) -> None:
        """Something may have changed of which nobody knows the name, be it the scope."""
        with self._lock:
            self.scope.is_stale = True
            self._waiting, self._anything = {}, True
            self._has_something.set()

    def end(self, reason: str) -> None:
        """Let it say why, and end."""
        self._end = reason
        self._has_something.set()

    def take(self, seconds: float) -> Taken:
        """What there is to say, waiting for it at most `seconds`; nothing while the scope cannot be asked for."""
        self._has_something.wait(seconds)
        with self._lock:
            self._has_something.clear()
            anything, self._anything = self._anything, False
            changes, self._waiting = list(self._waiting), {}
        if self._end:
            return Taken([], False, self._end)
        try:
            if self.scope.is_stale:
                anything |= self.scope.refresh()
        except Refusal as refusal:
            log.info("scope_unknown", error=refusal.message)
            self._anything = True
            return Taken([], False, "")
        return Taken([] if anything else list(filter(self.scope.has, changes)), anything, "")


class Streams:
    """All open streams of this process. Changes come to them once every follower has applied the event, as the answer
    to a write does, so that who asks anew sees the change."""

    def __init__(self, followers: Followers, followers_seconds: float) -> None:
        self._followers, self._followers_seconds = followers, followers_seconds
        self._of_person: defaultdict[str, OrderedDict[Stream, None]] = defaultdict(OrderedDict)
        self._number = 0
        self._published: list[named.Change] = []
        self._come = threading.Event()
        self._is_closing = False

    def start(self) -> None:
        """Begin to distribute, in a thread of its own, which is a greenlet where gevent has patched."""
        threading.Thread(target=self._distribute, name="streams", daemon=True).start()

    def open(self, stream: Stream) -> None:
        """Let a stream hear what changes; the oldest of a person who has too many ends. Raises TooManyStreams."""
        own = self._of_person[stream.user_id]
        if self._is_closing or (self._number >= MOST_STREAMS and not own):
            raise TooManyStreams("Changes cannot be followed just now. Please ask again from time to time.")
        while len(own) >= MOST_OF_PERSON:
            oldest = next(iter(own))
            self.close(oldest)
            oldest.end("replaced")
        own[stream] = None
        self._number += 1

    def close(self, stream: Stream) -> None:
        """Forget a stream; one that is forgotten already may be closed again."""
        own = self._of_person.get(stream.user_id, OrderedDict())
        if stream in own:
            del own[stream]
            self._number -= 1
        if not own:
            self._of_person.pop(stream.user_id, None)

    def published(self, changes: Iterable[named.Change]) -> None:
        """Events are on their way to their followers."""
        if self._number:
            self._published += changes
            self._come.set()

    def gap(self) -> None:
        """Something may have been published that was not heard here."""
        for stream in self._all():
            stream.miss()

    def session_ended(self, session_id: str) -> None:
        """End the streams of a session."""
        for stream in self._all():
            if stream.session_id == session_id:
                stream.end("session")

    def shut_down(self) -> None:
        """End all streams within a second. May be called by the handler of a signal, so it takes no lock."""
        self._is_closing = True

    def _all(self) -> list[Stream]:
        return [stream for own in list(self._of_person.values()) for stream in list(own)]

    def _distribute(self) -> None:
        while not self._is_closing:
            self._come.wait(_ROUND_SECONDS)
            self._come.clear()
            published, self._published = self._published, []
            if published:
                self._bring(published)
        for stream in self._all():
            stream.end("restart")

    def _bring(self, published: Sequence[named.Change]) -> None:
        try:
            changes = [change for each in published if (change := change_of(each))]
            scope_moved = any(map(moves_scope, published))
            if changes:
                events = [PublishedEvent(each.event_type, each.event_id) for each in published]
                self._followers.wait(events, self._followers_seconds)
            for stream in self._all() if changes or scope_moved else ():
                stream.offer(changes, moves_scope=scope_moved)
        except Exception as error:  # noqa: BLE001 - one batch that cannot be brought must not end all later ones
            log.error("changes_lost", exc_info=error)
            self.gap()
