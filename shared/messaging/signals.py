"""Signals: short-lived messages for whoever listens now. A lost one costs a wait, never a fact."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from kombu.connection import Connection
from kombu.messaging import Producer

from shared.clock import now
from shared.messaging.bus import SIGNALS
from shared.messaging.changes import Change
from shared.messaging.events import Envelope


class Signals:
    """Sends signals over a connection of the calling thread, without confirms."""

    def __init__(self, connection: Connection) -> None:
        self._producer = Producer(connection.channel(), SIGNALS, auto_declare=False)

    def applied(self, service: str, events: Sequence[UUID], causes: Mapping[UUID, Sequence[Envelope]]) -> None:
        """Say that a service has committed the effects of events, and which events they caused in turn."""
        applied = [
            [str(event), [[caused.type, str(caused.id)] for caused in causes.get(event, ())]] for event in events
        ]
        self._send(f"applied.{service}", {"service": service, "applied": applied})

    def published(self, service: str, changes: Sequence[Change]) -> None:
        """Say what changed by the events that a service has published. It has the key of `applied`, which every service
        may send and every gateway hears."""
        self._send(
            f"applied.{service}", {"service": service, "applied": [], "published": [[*change] for change in changes]}
        )

    def heartbeat(self, service: str) -> None:
        """Say that a service's feed is alive, so that silence means something."""
        self._send(f"heartbeat.{service}", {"at": now().isoformat()})

    def _send(self, key: str, body: dict[str, Any]) -> None:
        self._producer.publish(
            orjson.dumps(body).decode(),
            routing_key=key,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=1,
        )
