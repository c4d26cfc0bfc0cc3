"""The services' side of the bus, as the tests play it."""

import threading
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import orjson
from kombu.connection import Connection
from kombu.messaging import Producer

from shared.clock import now
from shared.ids import new_id
from shared.messaging import bus
from shared.messaging.changes import Change
from shared.messaging.events import Envelope, in_json
from shared.testing import event_keys

BEAT_SECONDS = 0.3


class Bus:
    """Sends what workers send. While it is open identity's heart beats, unless `is_beating` is cleared."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.keys = event_keys("identity")
        self._stopping = threading.Event()
        self.is_beating = threading.Event()
        self.is_beating.set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._connection: Connection = bus.connect(self._url)
        with self._connection.channel() as channel:
            bus.EVENTS(channel).declare()
            bus.SIGNALS(channel).declare()
        self._producer = Producer(self._connection.channel(), auto_declare=False)
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stopping.set()
        self._heart.join()
        self._connection.close()

    def applied(self, service: str, event_id: UUID, *caused: tuple[str, UUID]) -> None:
        """A follower has committed the effect of an event."""
        applied = [[str(event_id), [[event_type, str(caused_id)] for event_type, caused_id in caused]]]
        self._send("mp.signals", f"applied.{service}", {"service": service, "applied": applied})

    def published(self, service: str, *changes: Change) -> None:
        """A service has published events."""
        self._send(
            "mp.signals",
            f"applied.{service}",
            {"service": service, "applied": [], "published": [[*change] for change in changes]},
        )

    def revoked(self, session_id: UUID, event_id: UUID | None = None) -> None:
        """Identity has ended a session."""
        data = {"session_id": str(session_id), "expires_at": "2999-01-01T00:00:00+00:00"}
        self._publish("identity.session.revoked.v1", event_id or new_id(), 1, data)

    def settings(self, *, version: int, **settings: Any) -> UUID:
        """Identity has changed the settings; the id of the event."""
        event_id = new_id()
        self._publish("identity.settings.updated.v1", event_id, version, {"settings": settings})
        return event_id

    def beat(self) -> None:
        """One heartbeat of identity's worker."""
        self._send("mp.signals", "heartbeat.identity", {"at": now().isoformat()})

    def _beat(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            if self.is_beating.is_set():
                self.beat()
            with self._lock:
                bus.heartbeat(self._connection)

    def _publish(self, event_type: str, event_id: UUID, version: int, data: dict[str, Any]) -> None:
        envelope = Envelope(event_id, event_type, "identity", new_id(), version, now(), None, None, None, in_json(data))
        body = envelope.to_json()
        self._send_text("mp.events", event_type, body, self.keys.sign(body))

    def _send(self, exchange: str, key: str, content: dict[str, Any]) -> None:
        self._send_text(exchange, key, orjson.dumps(content).decode(), {})

    def _send_text(self, exchange: str, key: str, body: str, headers: dict[str, str]) -> None:
        with self._lock:
            self._producer.publish(
                body,
                headers=headers,
                exchange=exchange,
                routing_key=key,
                content_type="application/json",
                content_encoding="utf-8",
            )
