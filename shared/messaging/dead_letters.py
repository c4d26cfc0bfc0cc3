"""What operators do to the dead letters of a service: look at them, send them again, or discard them for a reason."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from kombu.connection import Connection
from kombu.entity import Exchange
from kombu.message import Message

from shared.messaging import bus
from shared.messaging.events import Envelope
from shared.messaging.operations import Refused, audit_command
from shared.messaging.signatures import signature_of
from shared.settings import BaseSettings

# Every queue is bound to the default exchange under its own name.
_ONE_QUEUE = Exchange("")
# Each look counts as a delivery, and RabbitMQ 4 drops what was delivered twenty times; a fresh copy begins at none.
_MOST_LOOKS = 10
_COUNTERS = {"x-delivery-count", "x-acquired-count"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which letters are meant: those that fit all that is said, so all of them when nothing is. `error` is part of the
    letter's error."""

    id: str | None = None
    type: str | None = None
    error: str | None = None

    def fits(self, letter: Mapping[str, object]) -> bool:
        """Whether a letter, as it is printed, is meant."""
        return (
            self.id in (None, letter["id"])
            and self.type in (None, letter.get("type"))
            and (self.error is None or self.error in str(letter["error"]))
        )


def list_letters(service: str, settings: BaseSettings, chosen: Chosen) -> None:
    """Print the chosen dead letters of a service, one JSON object a line."""
    with _opened(service, settings) as letters:
        for described, _ in letters.chosen(chosen):
            _print(described)


def resend(service: str, settings: BaseSettings, chosen: Chosen, *, by: str) -> None:
    """Print the chosen dead letters and send them to the service's queue again.

    A letter leaves the dead-letter queue only when the broker has confirmed its copy. Raises Refused.
    """
    sent = []
    with _opened(service, settings) as letters:
        for described, message in letters.chosen(chosen):
            _print(described)
            letters.move(message, f"mp.{service}", signature_of(message.headers))
            sent.append(str(described["id"]))
    if sent:
        audit_command(service, settings, "DEAD_LETTERS_RESENT", by=by, metadata={"letters": len(sent)})


def discard(service: str, settings: BaseSettings, chosen: Chosen, *, reason: str, by: str) -> None:
    """Print the chosen dead letters and throw them away, each with an entry in the audit trail, written before."""
    if not reason.strip():
        raise Refused("A reason is needed to discard dead letters.")
    with _opened(service, settings) as letters:
        for described, message in letters.chosen(chosen):
            audit_command(
                service,
                settings,
                "DEAD_LETTER_DISCARDED",
                by=by,
                entity=("DeadLetter", _uuid(described["id"])),
                before=described,
                metadata={"reason": reason.strip()},
            )
            message.ack()
            _print(described)


class _Letters:
    """The dead letters of a service, each taken once."""

    def __init__(self, broker: Connection, service: str) -> None:
        self._queue = bus.dead_letter_queue(service)(broker.default_channel)
        self._publisher = bus.publisher(broker, _ONE_QUEUE)
        self._taken: list[Message] = []

    def chosen(self, chosen: Chosen) -> Iterator[tuple[dict[str, object], Message]]:
        """The letters that are meant, each as it is printed and as it came. Whatever is neither acknowledged nor moved
        goes back when the connection closes."""
        while (message := self._queue.get(no_ack=False)) is not None:
            self._taken.append(message)
            described = _described(message)
            if chosen.fits(described):
                yield described, message

    def move(self, message: Message, queue: str, headers: Mapping[str, object]) -> None:
        """Send a copy to a queue, and take the letter away once the broker has it. Raises Refused."""
        copy = bus.Message(str(message.properties.get("message_id") or ""), queue, _text(message), dict(headers))
        if self._publisher.publish([copy]):
            raise Refused("The broker refused a message; the rest was left where it is.")
        message.ack()

    def freshen(self) -> None:
        """Exchange those letters for copies that were looked at often."""
        for message in self._taken:
            headers = message.headers or {}
            if not message.acknowledged and _looks(headers) >= _MOST_LOOKS:
                kept = {name: value for name, value in headers.items() if name not in _COUNTERS}
                self.move(message, self._queue.name, kept)


@contextmanager
def _opened(service: str, settings: BaseSettings) -> Iterator[_Letters]:
    with bus.connect(settings.broker_url_of_operators) as broker:
        name = bus.dead_letter_queue(service).name
        if not bus.has_queue(broker, name):
            raise Refused(f"There is no queue {name}: it is made when the worker of {service} first starts.")
        letters = _Letters(broker, service)
        yield letters
        letters.freshen()


def _looks(headers: Mapping[str, object]) -> int:
    counts = [count for name in _COUNTERS if isinstance(count := headers.get(name), int)]
    return max(counts, default=0)


def _described(message: Message) -> dict[str, object]:
    headers = message.headers or {}
    described: dict[str, object] = {
        "id": message.properties.get("message_id"),
        "error": headers.get("x-error") or headers.get("x-first-death-reason"),
        "tries": headers.get("x-tries"),
    }
    try:
        envelope = Envelope.from_json(_text(message))
    except ValueError as error:
        return described | {"unreadable": str(error)}
    return described | {
        "type": envelope.type,
        "aggregate_id": str(envelope.aggregate_id),
        "occurred_at": envelope.occurred_at.isoformat(),
    }


def _text(message: Message) -> str:
    body = message.body
    return body if isinstance(body, str) else bytes(body).decode(errors="replace")


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _print(described: Mapping[str, object]) -> None:
    print(json.dumps(described))
