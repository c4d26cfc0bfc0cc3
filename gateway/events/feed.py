"""The gateway's subscription to the bus: what followers applied, which sessions ended, which settings changed, and the
heartbeat of identity's worker."""

import threading
import time
from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

import orjson
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.message import Message

from gateway.authority.maintenance import Maintenance
from gateway.authority.sessions import Authority
from gateway.events.followers import GATEWAY, REVOKED, SETTINGS, Followers, PublishedEvent
from gateway.events.streams import Streams
from shared.messaging import bus
from shared.messaging.changes import Change
from shared.messaging.events import Envelope
from shared.messaging.signatures import EventKeys, Forged
from shared.telemetry import EVENTS_FORGED, log

HEARTBEAT = "heartbeat.identity"
# Between two attempts at the snapshot, and between two checks whether to stop.
TURN_SECONDS = 1.0
HEARTBEAT_CHECK_SECONDS = 3.0


class Feed:
    """Keeps one exclusive queue bound for as long as the process lives, and passes on what arrives there.

    When the connection is lost, all who rely on it learn that they may have missed something.
    """

    def __init__(
        self,
        broker_url: str,
        keys: EventKeys,
        authority: Authority,
        maintenance: Maintenance,
        followers: Followers,
        streams: Streams,
    ) -> None:
        self._broker_url, self._keys = broker_url, keys
        self._authority = authority
        self._maintenance = maintenance
        self._followers = followers
        self._streams = streams
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin, in a thread of its own, which is a greenlet where gevent has patched the standard library."""
        threading.Thread(target=self.run, name="feed", daemon=True).start()

    def stop(self) -> None:
        """Stop, within a second or so."""
        self._stopping.set()

    def run(self) -> None:
        """Receive until `stop`, reconnecting to a broker that went away."""
        bus.keep_trying(self._listen, self._stopping.wait, self._interrupted)

    def _interrupted(self, error: Exception) -> None:
        log.warning("feed_interrupted", error=repr(error))

    def _listen(self) -> None:
        with bus.connect(self._broker_url) as broker:
            try:
                with broker.Consumer(self._declare(broker), on_message=self._receive, no_ack=True, auto_declare=False):
                    self._followers.feed_connected()
                    # From here on nothing is missed.
                    self._streams.gap()
                    self._drain(broker)
            finally:
                self._authority.doubt()
                self._maintenance.doubt()
                self._followers.feed_lost()
                self._streams.gap()

    def _declare(self, broker: Connection) -> Queue:
        for exchange in (bus.EVENTS, bus.SIGNALS):
            bus.ensure_exchange(broker, exchange)
        queue = Queue(f"mp.gateway.{uuid4()}", durable=False, exclusive=True, auto_delete=True)
        with broker.channel() as channel:
            bound = queue(channel)
            bound.queue_declare()
            for key in ("applied.*", HEARTBEAT):
                bound.bind_to(bus.SIGNALS, routing_key=key)
            for key in (REVOKED, SETTINGS):
                bound.bind_to(bus.EVENTS, routing_key=key)
        return queue

    def _drain(self, broker: Connection) -> None:
        next_check = 0.0
        while not self._stopping.is_set():
            self._authority.take_snapshot()
            self._maintenance.take_snapshot()
            bus.drain(broker, TURN_SECONDS)
            if time.monotonic() >= next_check:
                bus.heartbeat(broker)
                next_check = time.monotonic() + HEARTBEAT_CHECK_SECONDS

    def _receive(self, message: Message) -> None:
        """A message that cannot be read ends this connection. The next one begins with a fresh snapshot, so that no
        revocation is ever missed."""
        key = message.delivery_info["routing_key"]
        if key == HEARTBEAT:
            self._authority.heartbeat()
        elif key in {REVOKED, SETTINGS}:
            self._apply_event(message)
        else:
            content = orjson.loads(message.body)
            self._note_applied(content["service"], content["applied"])
            # A worker of the release before sends none.
            self._streams.published(Change(*change) for change in content.get("published", ()))

    def _apply_event(self, message: Message) -> None:
        envelope = Envelope.from_json(message.body)
        try:
            self._keys.check(envelope, message.body, message.headers)
        except Forged as error:
            log.error("event_forged", service=GATEWAY, event_id=envelope.id, error=str(error))
            EVENTS_FORGED.labels(GATEWAY).inc()
            return
        if envelope.type == REVOKED:
            expires_at = datetime.fromisoformat(envelope.data["expires_at"]).timestamp()
            self._authority.revoked(envelope.data["session_id"], expires_at)
            self._streams.session_ended(envelope.data["session_id"])
        elif envelope.type == SETTINGS:
            self._maintenance.apply(envelope.version, envelope.data["settings"])
        self._followers.applied(GATEWAY, str(envelope.id))

    def _note_applied(self, service: str, applied: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> None:
        for event_id, caused in applied:
            self._followers.applied(service, event_id, [PublishedEvent(*event) for event in caused])
